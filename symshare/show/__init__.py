"""Pictures: sharing patterns and what is drawn beside them. Nothing here opens a window."""

from symshare.show.pictures import plot_pattern

__all__ = ["plot_pattern"]
