"""The product as its users have it: real browsers on a real server. Run apart from the other tests (`make test` does)."""
