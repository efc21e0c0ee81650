"""Measuring the constants of a machine, for the model of `planning.performance`."""
