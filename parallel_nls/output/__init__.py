"""The run directory: series, fields, checkpoints, summary, log, figures; and reading them back."""
