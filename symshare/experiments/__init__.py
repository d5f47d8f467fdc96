"""Worked problems, runnable from the command line and from notebooks."""
