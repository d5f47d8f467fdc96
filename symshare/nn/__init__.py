"""Generated layers as torch modules, and checks of any module."""

from symshare.nn.checking.check import assert_equivariant, check
from symshare.nn.checking.report import Report
from symshare.nn.compiling import EinNet, compile, load
from symshare.nn.stacking import StackWarning
from symshare.nn.travelling.support import Support

__all__ = ["EinNet", "Report", "StackWarning", "Support", "assert_equivariant", "check", "compile", "load"]
