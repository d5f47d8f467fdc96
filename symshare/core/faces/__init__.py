"""How nouns show themselves: tables as text and as HTML, one line, JSON."""
