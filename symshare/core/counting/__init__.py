"""How many terms there are, twice: from the side of the factors and from the side of the group."""
