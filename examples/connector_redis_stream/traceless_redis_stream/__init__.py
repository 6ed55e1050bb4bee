"""Rows from a Redis stream, for traceless appraisal."""
