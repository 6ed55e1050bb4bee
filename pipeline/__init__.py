"""The stages put together: one feed (pull → validate → load), one appraisal (facts → scores → publish)."""
