"""The domain: documents and their order of updates, who is there, roles, paths, and the messages of the live protocol. Pure."""
