"""eng5-extract-db: one batch out of CJ's database into one file.

A program of its own, started as a child process: it imports nothing of the pipeline, and nothing imports it.
"""
