"""Mistakes that several sections make together: each check returns one line a mistake."""
