"""What validation said of a feed's batches, for people: read from the files, as one HTML page or as tables."""
