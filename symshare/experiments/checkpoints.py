"""The state of a training as one safetensors file: written whole or not at all, read without running anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from symshare.codegen.files import write_bytes
from symshare.errors import ExperimentError, shown

__all__ = ["read_state", "write_state"]


def write_state(path: Path, tensors: Mapping[str, torch.Tensor], notes: Mapping[str, Any]) -> None:
    """Write tensors, and notes that JSON can hold, over what the file held before."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, safetensors.torch.save(plain, {"notes": json.dumps(notes)}), force=True)


def read_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The tensors and notes of a file, or None where there is none; ExperimentError where it is not such a file."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as stored:
            notes = json.loads((stored.metadata() or {})["notes"])
            if not isinstance(notes, dict):
                raise KeyError("notes")
            names = list(stored.keys())
            return {name: stored.get_tensor(name) for name in names}, notes
    except (SafetensorError, KeyError, json.JSONDecodeError, OSError) as error:
        raise ExperimentError(
            f"{shown(path)} is not a checkpoint: {shown(error)}\n  delete it, and start again"
        ) from error
