"""Functions that emitted files carry along and that are run here as well: they need no torch."""
