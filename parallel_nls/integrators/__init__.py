"""Compositions of exact flows, and the step that follows them."""
