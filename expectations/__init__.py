"""Great Expectations over a landed batch; quarantine."""
