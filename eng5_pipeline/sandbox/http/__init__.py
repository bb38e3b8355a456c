"""What both services share over HTTP: settings, misbehaviour, the server; and the Content Service."""
