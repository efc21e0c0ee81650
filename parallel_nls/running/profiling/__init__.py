"""Where the time of a run goes: a clock, who tells it what is going on, and the report.

The engine knows nothing of clocks: while a run is profiled, entry points are replaced by timed ones, and the
communicator by one that times its messages. Otherwise nothing of this room is imported.
"""
