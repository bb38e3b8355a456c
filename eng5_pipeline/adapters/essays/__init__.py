"""Essays: found, opened, read as text."""
