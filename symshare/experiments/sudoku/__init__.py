"""Sudoku by a recurrent network."""
