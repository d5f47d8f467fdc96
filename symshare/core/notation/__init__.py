"""What a person writes: the signature of a problem, its dependencies and its sizes."""
