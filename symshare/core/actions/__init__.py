"""What the group of a signature does: to entries, to arrays, and modulo a prime."""
