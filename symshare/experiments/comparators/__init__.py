"""Ways to make a network blind to order, compared on functions of sets."""
