"""Whether an installation runs well on a machine, and what to do where it does not."""
