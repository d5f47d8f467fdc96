"""What trained networks have learned, as terms with coefficients."""
