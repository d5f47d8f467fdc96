"""The pseudo-inverse of a matrix, learned from examples."""
