"""Modulation analysis of multi-bubble solutions: decomposition, localization, functionals."""
