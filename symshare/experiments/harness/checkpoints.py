"""The state of a training as one safetensors file: written whole or not at all, read without running anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from symshare.codegen.files import write_bytes
from symshare.errors import ExperimentError, shown
from symshare.experiments.harness.sealed import BLANK, read_sealed, sealed

__all__ = ["read_state", "write_state"]


def write_state(path: Path, tensors: Mapping[str, torch.Tensor], notes: Mapping[str, Any]) -> None:
    """Write tensors, and notes that JSON can hold, over what the file held before; sealed by their SHA-256."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = safetensors.torch.save(plain, {"notes": json.dumps({"sha256": BLANK, **notes})})
    write_bytes(path, sealed(content), force=True)


def read_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The tensors and notes of a file, or None where there is none; ExperimentError where it is not what was written."""
    if not path.exists():
        return None
    try:
        content = read_sealed(path)
        head = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        notes = json.loads(head["__metadata__"]["notes"])
        if not isinstance(notes, dict):
            raise TypeError("its notes are no object")
        notes.pop("sha256", None)
        return safetensors.torch.load(content), notes
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ExperimentError(f"{shown(path)} is not a checkpoint: {error}\n  delete it, and start again") from None
