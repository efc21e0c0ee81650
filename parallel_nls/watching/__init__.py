"""Following a run that goes on, from a terminal: nothing of it is touched, and nothing here can hold it up."""
