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
    masks = [Tensor(one.set_axes, plain=True) for one in labels.values()]
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

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Map (batch.., *axes, channels) and masks (batch.., *axes) to outputs that are 0 where there are no pairs."""
        number = len(given) - len(self.labels)
        own = [*(len(one.axes) for one in self.signature.inputs), *(2 for _ in self.labels)]
        batch = given[0].shape[: given[0].dim() - own[0]]
        whole = [x.reshape(prod(batch), *x.shape[x.dim() - axes :]) for x, axes in zip(given, own, strict=True)]
        graphs = max(len(whole[0]), 1)  # an empty batch is one graph, whose values have that batch
        pairs = {
            name: [self.drawn(mask[at] if len(mask) else mask.new_ones(mask.shape[1:])) for at in range(graphs)]
            for name, mask in zip(self.labels, whole[number:], strict=True)
        }
        support = {name: one[0] if len(one) == 1 else self.kind.batch(one) for name, one in pairs.items()}
        inputs = [
            _joined(x, pairs.get(label(one))) for one, x in zip(self.signature.inputs, whole[:number], strict=True)
        ]
        found = self.layer(*inputs, support=support)
        listed = found if isinstance(found, tuple) else (found,)
        several = zip(self.signature.outputs, listed, strict=True)
        parted = [_parted(y, len(one.axes), pairs.get(label(one)), len(whole[0])) for one, y in several]
        return tuple([y.reshape(*batch, *y.shape[1:]) for y in parted])

    def drawn(self, mask: torch.Tensor) -> Any:
        """The support of the positive entries, in any order."""
        index = (mask > 0).nonzero().mT
        return self.kind(index[:, torch.randperm(index.shape[1])], tuple(mask.shape))


def _joined(x: torch.Tensor, supports: Sequence[Any] | None) -> torch.Tensor:
    """Values (graphs, *axes, channels) of all graphs, one after the other; those of one graph, or of none, as they are."""
    if len(x) == 0:
        return x if supports is None else x[..., *supports[0].index, :]
    if supports is not None:
        return torch.cat([one[..., *own.index, :] for one, own in zip(x, supports, strict=True)])
    return x[0] if len(x) == 1 else x.flatten(0, x.dim() - 2)


def _parted(y: torch.Tensor, axes: int, supports: Sequence[Any] | None, graphs: int) -> torch.Tensor:
    """The outputs (graphs, *axes, channels) of such values."""
    if supports is not None:
        each = torch.split(y, [own.index.shape[1] for own in supports], -2) if graphs else [y]
        found = []
        for one, own in zip(each, supports, strict=True):
            whole = one.new_zeros((*one.shape[:-2], *own.sizes, one.shape[-1]))
            whole[..., *own.index, :] = one
            found.append(whole)
        return torch.stack(found) if graphs else found[0]
    if graphs < 2:
        return y[None] if graphs else y
    return y if axes == 1 else y.reshape(graphs, len(y) // graphs, y.shape[-1])
