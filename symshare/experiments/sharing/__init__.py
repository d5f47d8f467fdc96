"""A quadratic network trained on its symmetric weights, in three ways."""
