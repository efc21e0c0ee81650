"""`parallel-nls study confirm`: which digits of a run its refinements agree on."""
