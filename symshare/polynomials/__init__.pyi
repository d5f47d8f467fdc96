"""The names of the room, each with the module it lives in; they are imported when first asked for."""

from .counting import count_terms as count_terms
from .dimensions import Component as Component
from .dimensions import Variety as Variety
from .dimensions import variety as variety
from .equations import WeightEquations as WeightEquations
from .equations import constraints as constraints
from .expansion import Expansion as Expansion
from .expansion import expand as expand
from .ideals import GroebnerBasis as GroebnerBasis
from .ideals import groebner as groebner
from .layerwise import Verdict as Verdict
from .layerwise import Witness as Witness
from .layerwise import verdict as verdict
from .network import PolynomialNetwork as PolynomialNetwork
from .sampling import sample as sample
