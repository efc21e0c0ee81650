"""What a run will take: memory, steps, sizes, by arithmetic on its configuration alone."""
