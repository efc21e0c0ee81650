"""Studies of what multi-bubbles have besides their bubbles: rates, construction, uniqueness."""
