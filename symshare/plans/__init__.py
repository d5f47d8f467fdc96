"""From terms to steps: the single-assignment form that layers are written from."""
