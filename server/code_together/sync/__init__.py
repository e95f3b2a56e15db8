"""The client that keeps a local folder and a session in step: `code-together sync`."""
