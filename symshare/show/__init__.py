"""Pictures: sharing patterns and what is drawn beside them. Nothing here opens a window."""

from symshare.show.pictures import plot_pattern, plot_solution, save

__all__ = ["plot_pattern", "plot_solution", "save"]
