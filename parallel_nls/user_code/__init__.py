"""Python files of users: running their text, calling their functions, and what to do when they fail."""
