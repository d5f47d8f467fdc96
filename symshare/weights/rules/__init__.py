"""What each operation of a graph says of the dimensions of its tensors; importing this enters all rules."""

from symshare.weights.rules import choosing, contractions, layouts, normalising, parts, reducing, spatial
from symshare.weights.rules.table import RULES, elementwise

__all__ = ["RULES", "choosing", "contractions", "elementwise", "layouts", "normalising", "parts", "reducing", "spatial"]
