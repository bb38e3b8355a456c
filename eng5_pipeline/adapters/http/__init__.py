"""Requests over HTTP: connections, causes of failure, retries."""
