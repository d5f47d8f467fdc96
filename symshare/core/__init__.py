"""Exact mathematics: signatures, terms, their enumeration, their count and the certificate of a basis."""
