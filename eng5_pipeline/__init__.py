"""Runs comparative-judgement batches of student essays from committed run specs."""

__version__ = "0.1.0"
