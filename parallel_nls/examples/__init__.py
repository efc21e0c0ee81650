"""Packaged examples: one TOML file an experiment, run by name as ``parallel-nls run two_bubbles``."""
