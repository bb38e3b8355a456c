"""CJ's HTTP side, in its two faces."""
