"""The sections of a configuration, each valid by itself."""
