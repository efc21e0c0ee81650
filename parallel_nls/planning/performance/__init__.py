"""How long a run takes: a model of its parts, and the constants of a machine that it needs."""
