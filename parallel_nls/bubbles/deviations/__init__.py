"""Decompositions into bubbles that are told by how little these differ from the exact ones, to relative accuracy."""
