"""The wing of multi-bubble solutions: decomposition into bubbles, localized functionals, local identities."""
