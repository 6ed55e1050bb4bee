"""How data is pulled from a source and landed."""
