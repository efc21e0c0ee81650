"""Several runs beside each other: their series laid over each other, their last values and what these differ by."""
