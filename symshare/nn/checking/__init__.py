"""Whether a module keeps a symmetry: measured, and where it breaks first."""
