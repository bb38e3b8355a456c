"""CJ's batch work: its rules, the simulated judge, scores and grades, the records it publishes."""
