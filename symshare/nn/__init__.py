"""Generated layers as torch modules."""

from symshare.nn.compiling import EinNet, compile, load
from symshare.nn.equivariance import equivariance_errors

__all__ = ["EinNet", "compile", "equivariance_errors", "load"]
