"""How well does a network do? To be read off its weights."""
