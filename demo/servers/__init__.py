"""Real servers, one protocol each. What they serve is said by a small configuration, not by code."""
