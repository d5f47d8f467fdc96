"""Inputs of a module in a file: one array, or several by the names that the module takes them by."""

from __future__ import annotations

import inspect
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from symshare.errors import SpecError, shown
from symshare.nn.checking.subject import reason
from symshare.weights.aligning.files import content_of, tensors_in
from symshare.weights.aligning.states import check_dense

__all__ = ["bound", "read_inputs"]

SAVE = "save inputs: numpy.savez('inputs.npz', x=x), or safetensors.torch.save_file({'x': x}, 'inputs.safetensors')"
ARRAY, ARCHIVE = b"\x93NUMPY", b"PK"
"""How a file of one array begins, and one of several; archives of torch begin like these."""


def read_inputs(path: Path) -> dict[str, torch.Tensor]:
    """The arrays in a file of numpy (.npz, .npy), safetensors or torch, on the CPU; nothing in it is run.

    Raises SpecError where it holds none, some of another kind than numbers, or such that do not hold all of theirs.
    """
    content = content_of(path, SAVE)
    found = _of_numpy(path, content) if _is_numpy(content) else tensors_in(path, content, SAVE).state
    if not found:
        raise SpecError(f"{shown(path)} has no arrays in it\n  {SAVE}")
    check_dense(found, shown(path))
    return found


def _is_numpy(content: bytes) -> bool:
    if not content.startswith(ARCHIVE):
        return content.startswith(ARRAY)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return all(name.endswith(".npy") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _of_numpy(path: Path, content: bytes) -> dict[str, torch.Tensor]:
    try:
        loaded = np.load(io.BytesIO(content), allow_pickle=False)
        arrays = {"": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except Exception as error:  # of many kinds, as damaged files have it
        what = "holds objects of Python" if "allow_pickle" in str(error) else f"cannot be loaded: {reason(error)}"
        raise SpecError(f"{shown(path)} {what}\n  {SAVE}") from None
    found = {}
    for name, one in arrays.items():
        what = f"{shown(repr(name))} in {shown(path)}" if name else shown(path)
        if not isinstance(one, np.ndarray):
            raise SpecError(f"{what} is no array\n  {SAVE}")
        try:
            found[name] = torch.from_numpy(one.astype(one.dtype.newbyteorder("=")))
        except TypeError:
            raise SpecError(f"{what} is of {shown(str(one.dtype))}, no numbers that torch has\n  {SAVE}") from None
    return found


def bound(
    module: torch.nn.Module, tensors: Mapping[str, torch.Tensor]
) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:
    """What a module takes in order, and by name: a single tensor whatever its name, several by the names in its `forward`.

    Raises SpecError for a name that it does not have.
    """
    if len(tensors) == 1:
        return [*tensors.values()], {}
    try:
        found = inspect.signature(module.forward).bind_partial(**tensors)
    except (TypeError, ValueError) as error:
        names = ", ".join(map(shown, tensors))
        what = f"{type(module).__name__} does not take inputs by the names {shown(names, 200)}: {reason(error)}"
        raise SpecError(f"{what}\n  name them as its forward does, or give a single one") from None
    return [*found.args], found.kwargs
