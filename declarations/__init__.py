"""Typed models of feed contract, indicator, scheme and rule profile: the words all else speaks."""
