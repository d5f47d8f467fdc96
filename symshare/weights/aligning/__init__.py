"""One network's weights in the order of another's: what is matched, and how."""
