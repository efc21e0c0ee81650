"""Reading run directories, serially."""
