"""A scheme as a picture in one file: no script, no font, nothing from the network."""
