"""From a symmetry to linear equations on coefficients, and their solutions."""
