"""code_together: write code together on your own network, every revision a real Git commit."""

__version__ = "0.1.0"
