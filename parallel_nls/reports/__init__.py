"""A run on one page for a browser: figures, tables and configuration in a single file that needs nothing else."""
