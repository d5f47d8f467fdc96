"""Layers on the pairs of a support as source text."""
