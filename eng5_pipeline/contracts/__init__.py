"""Wire models of the platform: HTTP payloads and Kafka envelopes, as observed."""
