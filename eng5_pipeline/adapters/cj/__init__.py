"""The CJ Assessment Service."""
