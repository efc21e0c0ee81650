"""The decomposition of a field into bubbles and a remainder, by Newton's method."""
