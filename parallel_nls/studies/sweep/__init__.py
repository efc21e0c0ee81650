"""A grid of runs over parameters, in one job."""
