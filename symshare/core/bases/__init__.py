"""Bases of equivariant maps: derived, certified, expanded in, and shown."""
