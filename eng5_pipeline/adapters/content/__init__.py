"""The Content Service, and what is remembered of uploads to it."""
