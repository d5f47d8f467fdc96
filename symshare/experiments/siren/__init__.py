"""Say which digit a network of sines shows, from its weights."""
