"""Polynomial networks written out, and what a symmetry makes of their weights: equations, and a variety of solutions.

>>> from symshare.polynomials import PolynomialNetwork, constraints, expand, variety
>>> network = PolynomialNetwork((3, 4, 3), 2)
>>> sum(expand(network).terms), len(constraints(network, "a->a").equations)
(72, 24)
>>> found = variety(network, symmetry="a->a")
>>> found.dimension, found.symmetric_dimension
(18, 4)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
