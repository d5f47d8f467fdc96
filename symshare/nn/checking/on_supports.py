"""Layers on supports as layers of dense tensors, so that they are tried as all others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import torch

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.plans.sparse import label, sparse_labels

__all__ = ["OnSupports", "with_masks"]


def with_masks(signature: Signature, sparse: Sequence[str]) -> Signature:
    """The signature with an input more for each sparse tensor, which says where that has values.

    >>> from symshare.core.notation.reading import signature
    >>> [str(one) for one in with_masks(signature("edges:aaH->aH"), ["edges"]).inputs]
    ['edges:aaH', 'aa']
    """
    labels = sparse_labels(signature, tuple(sparse))
    masks = [Tensor(one.set_axes[:2], plain=True) for one in labels.values()]
    return replace(signature, inputs=(*signature.inputs, *masks))


class OnSupports(torch.nn.Module):
    """A layer on supports that takes dense tensors, and after them for each sparse tensor one whose positive entries are its
    pairs: these come in any order, and the entries of a batch are graphs of one support.

    `kind` is the class Support of the layer's file.
    """

    def __init__(self, layer: torch.nn.Module, kind: Any, signature: Signature, sparse: Sequence[str]) -> None:
        super().__init__()
        self.layer, self.kind, self.signature = layer, kind, signature
        self.labels = sparse_labels(signature, tuple(sparse))
        paired = {axis for one in self.labels.values() for axis in one.set_axes[:2]}
        both = (*signature.inputs, *signature.outputs)
        self.single = any(len([a for a in _dense(one, self.labels) if a in paired]) > 1 for one in both)
        """Whether graphs are tried one at a time: a tensor is dense along two axes of supports, or has pairs and one more."""
        self.single = self.single or any(
            paired.intersection(one.set_axes[2:]) for one in both if label(one) in self.labels
        )
        self.lead = {one: next((n for n, a in enumerate(one.set_axes) if a in paired), None) for one in both}
        """Which axis of a dense tensor has the nodes of graphs one after the other; None where there is a value for each."""

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Map (batch.., *axes, channels) and masks (batch.., *axes) to outputs that are 0 where there are no pairs."""
        number = len(given) - len(self.labels)
        own = [*(len(one.axes) for one in self.signature.inputs), *(2 for _ in self.labels)]
        batch = given[0].shape[: given[0].dim() - own[0]]
        whole = [x.reshape(prod(batch), *x.shape[x.dim() - axes :]) for x, axes in zip(given, own, strict=True)]
        alone = self.single and len(whole[0]) > 1
        parts = [[x[at : at + 1] for x in whole] for at in range(len(whole[0]))] if alone else [whole]
        found = [self.together(part, number) for part in parts]
        return tuple([torch.cat(y).reshape(*batch, *y[0].shape[1:]) for y in zip(*found, strict=True)])

    def together(self, whole: Sequence[torch.Tensor], number: int) -> list[torch.Tensor]:
        """The outputs (graphs, *axes, channels) of graphs that are one batch."""
        graphs = max(len(whole[0]), 1)  # an empty batch is one graph, whose values have that batch
        pairs = {
            name: [self.drawn(mask[at] if len(mask) else mask.new_ones(mask.shape[1:])) for at in range(graphs)]
            for name, mask in zip(self.labels, whole[number:], strict=True)
        }
        support = {name: one[0] if len(one) == 1 else self.kind.batch(one) for name, one in pairs.items()}
        inputs = [
            _joined(x, pairs.get(label(one)), self.lead[one])
            for one, x in zip(self.signature.inputs, whole[:number], strict=True)
        ]
        found = self.layer(*inputs, support=support)
        listed = found if isinstance(found, tuple) else (found,)
        several = zip(self.signature.outputs, listed, strict=True)
        return [_parted(y, one, pairs.get(label(one)), len(whole[0]), self.lead[one]) for one, y in several]

    def drawn(self, mask: torch.Tensor) -> Any:
        """The support of the positive entries, in any order."""
        index = (mask > 0).nonzero().mT
        return self.kind(index[:, torch.randperm(index.shape[1])], tuple(mask.shape))


def _dense(tensor: Tensor, labels: dict[str, Tensor]) -> tuple[str, ...]:
    """The axes of a tensor that are not those of its pairs."""
    return tensor.set_axes[2:] if label(tensor) in labels else tensor.set_axes


def _joined(x: torch.Tensor, supports: Sequence[Any] | None, lead: int | None) -> torch.Tensor:
    """Values (graphs, *axes, channels) of all graphs, one after the other; those of one graph, or of none, as they are."""
    if supports is not None:
        if len(x) == 0:
            return x[:, *supports[0].index]
        return torch.cat([one[tuple(own.index)] for one, own in zip(x, supports, strict=True)])
    if len(x) < 2:
        return x[0] if len(x) else x
    return x if lead is None else torch.cat(tuple(x), lead)


def _parted(
    y: torch.Tensor, tensor: Tensor, supports: Sequence[Any] | None, graphs: int, lead: int | None
) -> torch.Tensor:
    """The outputs (graphs, *axes, channels) of such values."""
    if supports is not None:
        others = len(tensor.set_axes)  # those after the pairs, the pairs, and channels
        each = torch.split(y, [own.index.shape[1] for own in supports], -others) if graphs else [y]
        found = []
        for one, own in zip(each, supports, strict=True):
            first = one.dim() - others
            whole = one.new_zeros((*one.shape[:first], *own.sizes, *one.shape[first + 1 :]))
            whole[(*[slice(None)] * first, *own.index)] = one
            found.append(whole)
        return torch.stack(found) if graphs else found[0]
    if graphs < 2:
        return y[None] if graphs else y
    return y if lead is None else torch.stack(y.tensor_split(graphs, lead))
