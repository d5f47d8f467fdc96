"""The noun Spec: the permutation symmetry of a module's weights, and its action on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import factorial, prod
from typing import TYPE_CHECKING, Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.errors import SpecError, amount, plural, shown
from symshare.weights.axes import Axis, Tensor, above, pieces_of
from symshare.weights.factors import factors_of
from symshare.weights.moving import unfixed
from symshare.weights.notation import written_layout
from symshare.weights.repeats import Repeat, stacked
from symshare.weights.signatures import Place, as_channels, places, signature_of

if TYPE_CHECKING:
    import torch
    from matplotlib.axes import Axes

    from symshare.core.notation.signature import Signature
    from symshare.weights.acting import Element
    from symshare.weights.scales import Factors, Scale
    from symshare.weights.verifying import Verification

__all__ = ["Spec"]


@dataclass(frozen=True, slots=True)
class Spec(Noun):
    """The axes of a module's weights, what lies along each dimension of each of them, and which blocks repeat.

    `tensors` are the parameters and buffers of its state dict, and inputs and outputs where they are permuted too. `scales` say
    by which numbers the values of an axis may be multiplied, where it was asked for.
    `symshare.weights.spec` finds one, `symshare.weights.read_spec` reads one from JSON.
    """

    module: str
    axes: tuple[Axis, ...]
    tensors: tuple[Tensor, ...]
    repeats: tuple[Repeat, ...] = ()
    notes: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()

    def __repr__(self) -> str:
        return brief("Spec", self.module, plural(len(self.tensors), "tensor"), f"order={amount(self.order)}")

    @property
    def named(self) -> dict[str, Axis]:
        """The axes by their names."""
        return {axis.name: axis for axis in self.axes}

    @property
    def permuted(self) -> tuple[Axis, ...]:
        """The axes that are not fixed."""
        return tuple(axis for axis in self.axes if not axis.fixed)

    @property
    def order(self) -> int:
        """The number of permutations."""
        named = self.named
        return prod(factorial(axis.size) ** prod(one.size for one in above(axis, named)) for axis in self.permuted)

    @property
    def signature(self) -> Signature:
        """The weights as a signature in words, with its dependencies: permuted axes in lower case, of any length; fixed ones,
        and those along which blocks lie, latent, of their length. Axes that are scaled are under Scaled or B, where `factors`
        can say so."""
        if not self.places:
            raise SpecError(f"{self.module} has no weights\n  give a module that has some")
        return signature_of(self.axes, self.places, self.repeats, self.factors)

    @property
    def factors(self) -> dict[str, Factors]:
        """What the signature says of the scales of each axis that has some, or why it says nothing."""
        return factors_of(self.axes, self.tensors, self.repeats, self.places, self.scales)

    @property
    def places(self) -> tuple[Place, ...]:
        """The tensors of the signature, each with the weights that it is made of."""
        return tuple(places(self.axes, self.tensors, self.repeats))

    @property
    def layer_signature(self) -> Signature:
        """The signature as layers take it: the fixed axes of a tensor are its channels."""
        return as_channels(self.signature)

    @property
    def depends(self) -> tuple[str, ...]:
        """The dependencies between axes, `heads->keys`."""
        return self.signature.dependencies

    def arrange(self, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The tensors of the signature from weights, or from others of their names and shapes: each part of a row by itself,
        blocks that repeat side by side."""
        from symshare.weights.arranging import arranged

        return arranged(self.places, self.tensors, self.checked(state))

    def restore(
        self, tensors: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """A state with tensors of the signature in their places; what the signature leaves out is as it was."""
        from symshare.weights.arranging import restored

        return restored(self.places, self.tensors, tensors, self.checked(state))

    @property
    def by_name(self) -> dict[str, Tensor]:
        """The tensors by each of their names."""
        return {name: tensor for tensor in self.tensors for name in (tensor.name, *tensor.tied)}

    def checked(self, state: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """Refuse tensors whose names or shapes are not the weights'."""
        _check_names(state)
        known = self.by_name
        for name, entries in state.items():
            if name not in known:
                cure = "give tensors named as in its state dict"
                raise SpecError(f"the spec of {self.module} has no {shown(name)}\n  {cure}")
            shape = getattr(entries, "shape", None)
            if shape is None or tuple(shape) != known[name].shape:
                said = "no tensor" if shape is None else f"of the shape {tuple(shape)}"
                raise SpecError(f"{shown(name)} is {said}\n  give one of the shape {known[name].shape}")
        return state

    def moving(self, *names: str) -> Spec:
        """The spec with some fixed axes permuted too, by their names here or in the signature: a smaller set of maps commutes
        with a group that does change what the module does. Without names they are those of its inputs and outputs.

        Source: the layers for networks whose inputs and outputs are permuted of arXiv 2302.14040.
        """
        axes, tensors, repeats = unfixed(self.module, (self.axes, self.tensors, self.repeats), names)
        return replace(self, axes=axes, tensors=tensors, repeats=repeats)

    def random(self, seed: int = 0, *, scales: bool = False) -> Element:
        """A random element of the group, with `scales` one that scales values and changes signs too."""
        from symshare.weights.acting import drawn

        return drawn(self.named, seed, self.scales if scales else ())

    def swap(self, axis: str, one: int, two: int) -> Element:
        """The exchange of two values of an axis, also of a fixed one, which is then no element of the group."""
        from symshare.weights.acting import exchange

        if axis not in self.named:
            raise SpecError(f"there is no axis {shown(axis)}\n  name one of {', '.join(self.named)}")
        size = self.named[axis].size
        if not (0 <= one < size and 0 <= two < size):
            raise SpecError(f"the axis {axis} has {plural(size, 'value')}\n  exchange two from 0 to {size - 1}")
        return exchange(self.named[axis], self.named, one, two)

    def act(self, state: Mapping[str, torch.Tensor], element: Element) -> dict[str, torch.Tensor]:
        """Move the entries of any tensors of the weights' names and shapes: weights, gradients, masks.

        Raises SpecError where a name or a shape is not one of the weights', or where an element does not fit.
        """
        from symshare.weights.acting import acted, check_element

        check_element(self.named, element)
        known = self.by_name
        return {name: acted(known[name], self.named, element, entries) for name, entries in self.checked(state).items()}

    def verify(
        self, module: torch.nn.Module, inputs: Any, *, elements: int = 10, seed: int = 0, **more: Any
    ) -> Verification:
        """Try random elements, and exchanges along fixed axes, on a module."""
        from symshare.weights.verifying import Weights, verified

        return verified(
            Weights(self.named, self.tensors, self.scales), module, inputs, elements=elements, seed=seed, **more
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the weights as squares, joined to the axes that they have, which are points of their own colours."""
        from symshare.show.nets import plot_net

        rows = [one for tensor in self.tensors if (one := stacked(tensor, self.repeats)) is not None]
        names = {axis.name: not axis.fixed for axis in self.axes}
        for repeat in self.repeats:
            names |= {name: names[own[0]] for name, own in repeat.axes}
        squares = {name: tuple(dict.fromkeys(piece.axis for piece in pieces_of(dims))) for name, dims, _ in rows}
        return plot_net(self.module, squares, names, ax=ax)

    def tables(self) -> tuple[Table, ...]:
        """The weights with their axes, then the axes, then what may be scaled."""
        from symshare.weights.printing import tables_of

        many = f"{amount(self.order)} permutations" if self.order != 1 else "nothing to permute"
        title = f"{self.module}: {many}"
        return tables_of(title, self.axes, self.tensors, self.repeats, self.scales, self.factors, self.notes)

    def to_dict(self) -> dict[str, Any]:
        """The spec as plain values."""
        return {
            "module": self.module,
            "order": self.order if self.order < 2**53 else str(self.order),
            **(self.signature.to_dict() if self.places else {}),
            "under": self.signature.named_groups if self.places else {},
            "axes": [asdict(axis) | {"members": list(axis.members)} for axis in self.axes],
            "tensors": [
                {
                    "name": tensor.name,
                    "kind": tensor.kind,
                    "shape": list(tensor.shape),
                    "axes": written_layout(tensor.dims),
                    "tied": list(tensor.tied),
                    "labels": tensor.labels,
                }
                for tensor in self.tensors
            ],
            "repeats": [
                {
                    "name": one.name,
                    "prefix": one.prefix,
                    "children": list(one.children),
                    "axes": {name: list(own) for name, own in one.axes},
                }
                for one in self.repeats
            ],
            "notes": list(self.notes),
            "scales": [
                {
                    "axis": one.axis,
                    "kind": one.kind,
                    "powers": {name: [list(part) for part in powers] for name, powers in one.powers},
                }
                for one in self.scales
            ],
        }


def _check_names(state: object) -> None:
    if not isinstance(state, Mapping):
        what = f"{shown(repr(state))} is of type {type(state).__name__}"
        raise SpecError(f"{what}\n  give tensors by their names, as module.state_dict() has them")
