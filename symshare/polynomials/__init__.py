"""Polynomial networks written out, and the equations that a symmetry puts on their weights."""
