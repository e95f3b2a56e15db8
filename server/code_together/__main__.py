"""`python -m code_together` is the command `code-together`."""

from code_together.cli import main

main(prog_name="code-together")
