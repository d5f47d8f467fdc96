"""ARC puzzles, solved from their demonstrations alone."""
