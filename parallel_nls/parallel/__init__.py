"""Who owns what, and how ranks exchange, sum and agree."""
