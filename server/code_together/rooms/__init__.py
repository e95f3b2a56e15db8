"""The imperative shell: one task for each live session, worker processes for Git, and the order in which things become durable."""
