"""One stored field decomposed into bubbles: where they are, and the analysis of a run's samples at that one time."""
