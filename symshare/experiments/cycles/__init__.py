"""Cycles and cliques, counted where sums say nothing."""
