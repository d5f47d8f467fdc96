"""The process in which `symshare align` runs a file: to see that the outputs of its module stay as they are, or to match
units by their activations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from symshare.core.faces.noun import Noun
from symshare.core.faces.table import Table
from symshare.errors import SpecError
from symshare.nn.checking.process import told
from symshare.nn.checking.program import module_in
from symshare.weights.aligning.activations import changed, subject_for
from symshare.weights.aligning.alignment import align
from symshare.weights.aligning.states import checked
from symshare.weights.process import given
from symshare.weights.reading import read_spec

__all__ = ["answer"]


@dataclass(frozen=True, slots=True)
class Change(Noun):
    """By how much outputs differ, relative to the largest."""

    change: float

    def tables(self) -> tuple[Table, ...]:
        """The number."""
        return (Table(f"outputs change by {self.change:.1e}"),)

    def to_dict(self) -> dict[str, Any]:
        """The number as a plain value."""
        return {"change": self.change}


def answer(folder: str, held: str) -> None:
    """Compare the outputs for the two states that the file `request` in a folder names, or align them, if it says where to."""
    told(folder, held, _found)


def _found(asked: dict[str, Any]) -> tuple[Noun, bool]:
    spec = read_spec(asked["spec"])
    one, two = (checked(spec, torch.load(path, weights_only=True), "the weights") for path in asked["states"])
    module = module_in(Path(asked["file"]), asked["name"], asked["seed"])
    failure = None
    for inputs, keywords in given(module, asked, asked["seed"]):
        try:
            if "aligned" not in asked:
                return Change(changed(subject_for(spec, module, inputs, keywords), one, two)), True
            data = (module, tuple(inputs), keywords)
            found = align(spec, one, two, by="activations", data=data, seed=asked["seed"], starts=asked["starts"])
            torch.save(found.state, asked["aligned"])
            return found, True
        except SpecError as error:
            failure = failure or error
    raise failure or SpecError(f"{asked['name']} takes no inputs")
