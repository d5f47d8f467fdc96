"""Numbers and matrices, exact: rationals, square roots, null spaces. Knows no group and no axis."""
