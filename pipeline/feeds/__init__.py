"""What is said about one feed: its lineage, what a changed contract does, a look at its source, its page."""
