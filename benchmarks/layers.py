"""symshare's layers beside hand-written ones: seconds of a forward and a backward pass, and peak memory.

layers.py       measures and writes a section "Layers: .." of benchmarks/RESULTS.md for each contest, and layers.png
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from contests import CONTESTS_FILE, OURS, Bar, Contest, contests
from layers_plot import draw
from results import write_section
from timing import Setting, medians, peak, peak_in_child
