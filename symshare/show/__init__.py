"""Pictures: sharing patterns, poolings as graphs, and what is drawn beside them. Nothing here opens a window."""

from symshare.show.graphs import plot_pooling, plot_pools
from symshare.show.pictures import plot_pattern, plot_solution, save

__all__ = ["plot_pattern", "plot_pooling", "plot_pools", "plot_solution", "save"]
