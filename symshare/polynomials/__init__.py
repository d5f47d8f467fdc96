"""Polynomial networks written out, and what a symmetry makes of their weights: equations, and a variety of solutions.

>>> from symshare.polynomials import PolynomialNetwork, constraints, expand, variety
>>> network = PolynomialNetwork((3, 4, 3), 2)
>>> sum(expand(network).terms), len(constraints(network, "a->a").equations)
(72, 24)
>>> found = variety(network, symmetry="a->a")
>>> found.dimension, found.symmetric_dimension
(18, 4)
"""

from symshare.polynomials.counting import count_terms
from symshare.polynomials.dimensions import Component, Variety, variety
from symshare.polynomials.equations import WeightEquations, constraints
from symshare.polynomials.expansion import Expansion, expand
from symshare.polynomials.ideals import GroebnerBasis, groebner
from symshare.polynomials.layerwise import Verdict, Witness, verdict
from symshare.polynomials.network import PolynomialNetwork
from symshare.polynomials.sampling import sample

__all__ = [
    "Component",
    "Expansion",
    "GroebnerBasis",
    "PolynomialNetwork",
    "Variety",
    "Verdict",
    "WeightEquations",
    "Witness",
    "constraints",
    "count_terms",
    "expand",
    "groebner",
    "sample",
    "variety",
    "verdict",
]
