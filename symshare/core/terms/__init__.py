"""Terms: contraction diagrams, how they are listed, put together, evaluated, costed and put into words."""
