"""Generated layers as torch modules."""

from symshare.nn.compiling import compile, load
from symshare.nn.equivariance import equivariance_errors

__all__ = ["compile", "equivariance_errors", "load"]
