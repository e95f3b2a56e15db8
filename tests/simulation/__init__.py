"""A whole session in one process, without clocks or sockets: the real sequencer, clients, a network that loses and repeats, and a
server that dies. Run `python -m tests.simulation --rounds N --seed S` for more of it than the tests do."""
