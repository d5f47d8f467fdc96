"""How much memory the device of a training has."""

from __future__ import annotations

import os

import torch

__all__ = ["memory_of"]


def memory_of(device: torch.device) -> int | None:
    """The bytes of a device, None where they are not known.

    >>> memory_of(torch.device("meta")) is None
    True
    """
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory())
    if device.type == "cpu" and hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None
