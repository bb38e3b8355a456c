"""What a run keeps of its own: the request, the events, the extraction's child process."""
