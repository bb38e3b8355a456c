"""What git knows of a folder."""
