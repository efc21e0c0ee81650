"""Figures of a run, drawn from its run directory."""
