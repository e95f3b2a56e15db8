"""People in rooms, typing: this server beside its peers and beside bare transports, on the same work."""
