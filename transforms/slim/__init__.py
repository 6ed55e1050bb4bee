"""Fewer indicators, the same ranking and grades: 精简指标."""
