"""The public names, each with the module it lives in; they are imported when first asked for."""

import collections.abc

from . import experiments as experiments
from . import nn as nn
from . import polynomials as polynomials
from . import show as show
from . import weights as weights
from .core.bases.basis import Basis as Basis
from .core.bases.certificate import Certificate as Certificate
from .core.bases.derivation import derive as derive
from .core.bases.mobius import diagrams_to_orbits as diagrams_to_orbits
from .core.bases.mobius import orbits_to_diagrams as orbits_to_diagrams
from .core.bases.pattern import sharing_pattern as sharing_pattern
from .core.bases.reading import term as term
from .core.bases.series import entries as entries
from .core.bases.series import series as series
from .core.counting.burnside import count as count
from .core.counting.molien import molien_count as molien_count
from .core.equations.ansatz import Ansatz as Ansatz
from .core.equations.ansatz import laurent as laurent
from .core.equations.ansatz import taylor as taylor
from .core.equations.constraints import constrain as constrain
from .core.equations.readable import equations as equations
from .core.equations.solution import Solution as Solution
from .core.equations.solution import solve as solve
from .core.groups.files import generators_from as generators_from
from .core.groups.files import read_generators as read_generators
from .core.groups.group import AxisGroup as AxisGroup
from .core.notation.complexified import complexified as complexified
from .core.notation.reading import signature as signature
from .core.notation.signature import Signature as Signature
from .core.poolings.composition import Composition as Composition
from .core.poolings.explanation import explain as explain
from .core.poolings.pooling_set import PoolingSet as PoolingSet
from .core.poolings.pools import pools as pools
from .core.terms.cost import Cost as Cost
from .core.terms.enumeration import terms as terms
from .core.terms.term import Term as Term
from .errors import CheckError as CheckError
from .errors import LayerFileError as LayerFileError
from .errors import NotationError as NotationError
from .errors import PlanError as PlanError
from .errors import SymshareError as SymshareError
from .errors import TooLargeError as TooLargeError
from .nn.distilling.distil import distil as distil
from .nn.distilling.distilled import Distilled as Distilled
from .pipeline import certify as certify
from .pipeline import cost as cost
from .pipeline import costs as costs
from .pipeline import emit as emit
from .pipeline import evaluate as evaluate
from .pipeline import plan as plan
from .plans.network import network as network
from .plans.steps import Plan as Plan

__version__: str

def __getattr__(name: str) -> collections.abc.Callable[..., AxisGroup]: ...  # a maker of groups, such as SO
