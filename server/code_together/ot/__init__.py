"""The text core: texts, changes of texts, and who typed what. Pure: no clock, no loop, no socket, no file."""
