"""Kafka: the request out, the events in."""
