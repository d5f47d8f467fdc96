"""State dicts in files: those of safetensors, and those of torch that hold nothing but tensors."""

from __future__ import annotations

import io
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from symshare.codegen.files import write_bytes
from symshare.errors import SpecError, shown
from symshare.nn.checking.subject import reason

__all__ = ["Stored", "check_end", "content_of", "kept_for", "read_state", "tensors_in", "write_state"]

SAVE = "save one: torch.save(module.state_dict(), 'weights.pt'), or safetensors.torch.save_file"
TORCH = (b"PK", b"\x80")
"""How the files of torch begin: archives, and the pickles of versions before 1.6."""
ENDS = (".safetensors", ".pt", ".pth", ".bin")


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A state dict, and what else its file says: texts by name."""

    state: dict[str, torch.Tensor]
    notes: Mapping[str, str] = field(default_factory=dict)


def read_state(path: Path) -> Stored:
    """The state dict in a file, on the CPU; nothing in it is run. Raises SpecError where it holds none."""
    return tensors_in(path, content_of(path, SAVE), SAVE)


def content_of(path: Path, save: str) -> bytes:
    """What is in an ordinary file; raises SpecError, with how to save one, where there is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SpecError(f"{shown(path)} is no ordinary file\n  {save}")
        return path.read_bytes()
    except FileNotFoundError:
        raise SpecError(f"there is no file {shown(path)}\n  {save}") from None
    except OSError as error:
        raise SpecError(f"{shown(path)} cannot be read: {error.strerror}\n  name one that can be") from None


def tensors_in(path: Path, content: bytes, save: str) -> Stored:
    """The tensors by name in what was read of a file; raises SpecError, with how to save one, where there is something else."""
    try:
        return Stored(_of_torch(content)) if content.startswith(TORCH) else _of_safetensors(path, content)
    except SafetensorError as error:
        raise SpecError(f"{shown(path)} is no file of safetensors, nor of torch: {shown(error)}\n  {save}") from None
    except _OtherError as error:
        raise SpecError(f"{shown(path)} {error}\n  {save}") from None
    except Exception as error:  # of many kinds, as damaged files have it
        more = "weights_only" in str(error)
        why = "holds more than tensors" if more else f"cannot be loaded: {reason(error)}"
        raise SpecError(f"{shown(path)} {why}\n  {save}") from None


class _OtherError(Exception):
    """A file holds something else than tensors by name."""


def _of_torch(content: bytes) -> dict[str, torch.Tensor]:
    found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if not isinstance(found, Mapping):
        raise _OtherError(f"holds something of type {type(found).__name__}")
    for name, one in found.items():
        if not isinstance(one, torch.Tensor):
            raise _OtherError(f"has {shown(repr(name))}, which is of type {type(one).__name__}, no tensor")
    return {str(name): one.detach() for name, one in found.items()}


def _of_safetensors(path: Path, content: bytes) -> Stored:
    state = safetensors.torch.load(content)
    with safetensors.safe_open(path, framework="pt") as opened:
        return Stored(state, opened.metadata() or {})


def write_state(path: Path, stored: Stored, *, force: bool = False) -> None:
    """Write a state dict, atomically, in the form that the end of the name says; raises LayerFileError."""
    write_bytes(path, _content(path, stored), force=force)


def kept_for(process: Path, states: Sequence[Mapping[str, torch.Tensor]]) -> list[str]:
    """States in files in the folder of a process that is to read them; the names of these."""
    files = [process / f"{number}.pt" for number in range(len(states))]
    for file, state in zip(files, states, strict=True):
        torch.save(dict(state), file)
    return [str(file) for file in files]


def check_end(path: Path) -> None:
    """Refuse a name that does not say in which form to write."""
    if path.suffix not in ENDS:
        raise SpecError(f"{shown(path)} does not say in which form to write\n  let it end in {', '.join(ENDS)}")


def _content(path: Path, stored: Stored) -> bytes:
    check_end(path)
    state = {name: one.detach().contiguous() for name, one in stored.state.items()}
    if path.suffix == ".safetensors":
        try:
            return safetensors.torch.save(state, dict(stored.notes) or None)
        except (SafetensorError, KeyError, ValueError) as error:
            raise SpecError(f"{shown(path)} cannot hold the weights: {shown(error)}\n  let it end in .pt") from None
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()
