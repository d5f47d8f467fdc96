"""Linear layers of many tensors: a table of the tensors, and a passage for all that are alike up to the names of their axes."""
