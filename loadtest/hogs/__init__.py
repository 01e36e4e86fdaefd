"""Programs that take something away; each runs inside a container, by itself."""
