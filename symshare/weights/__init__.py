"""The symmetry of a module's weights: found from its graph, tried, and acting on states of it."""

from symshare.weights.acting import Element
from symshare.weights.aligning.alignment import Alignment, align
from symshare.weights.axes import Axis, Tensor
from symshare.weights.features import Features, Statistics
from symshare.weights.finding import spec
from symshare.weights.net import WeightNet, weight_network
from symshare.weights.reading import read_spec
from symshare.weights.scales import Scale
from symshare.weights.specs import Spec
from symshare.weights.verifying import Verification

__all__ = [
    "Alignment",
    "Axis",
    "Element",
    "Features",
    "Scale",
    "Spec",
    "Statistics",
    "Tensor",
    "Verification",
    "WeightNet",
    "align",
    "read_spec",
    "spec",
    "weight_network",
]
