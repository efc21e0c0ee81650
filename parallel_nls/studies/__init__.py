"""Studies of several runs: a sweep runs a grid of configurations, each in a run directory of its own."""
