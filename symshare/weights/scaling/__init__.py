"""Scales and signs of the values of an axis that leave a module's outputs unchanged."""
