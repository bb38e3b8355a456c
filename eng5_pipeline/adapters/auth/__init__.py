"""The platform's credentials: where one comes from, and whether it will do."""
