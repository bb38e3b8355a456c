"""A Kafka-protocol broker in a process of its own."""
