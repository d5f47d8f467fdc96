"""Sixteen kinds of modules: the axes of their weights as written by hand, and that these are a symmetry and no more."""

import copy

import pytest
import torch
from torch.func import functional_call
from torch.utils._pytree import tree_leaves

from symshare.weights.axes import pieces_of, renamed
from symshare.weights.notation import read_layout
from symshare.weights.repeats import stacked
from tests.weights.expected import CASES, known

SWAPS = 3
"""Pairs of values that are exchanged along each fixed axis."""


@pytest.fixture(scope="module")
def found():
    """The spec of each module, found once; weights, buffers and inputs are random."""
    states = {}

    def of(name):
        if name not in states:
            one, module, inputs = known(name, scales=False)
            states[name] = one, module, inputs, randomised(module)
        return states[name]

    return of


def randomised(module):
    state = {}
    for name, one in module.state_dict().items():
        if not one.is_floating_point():
            state[name] = one
        else:
            state[name] = 0.5 + torch.rand_like(one) if name.endswith("running_var") else 0.5 * torch.randn_like(one)
    for names in tied(module):
        for name in names:
            state[name] = state[names[0]]
    return state


def tied(module):
    groups = {}
    for name, one in module.named_parameters(remove_duplicate=False):
        groups.setdefault(id(one), []).append(name)
    return groups.values()


def outputs(module, state, inputs):
    result = functional_call(copy.deepcopy(module), state, inputs, tie_weights=False)
    return torch.cat([one.flatten() for one in tree_leaves(result) if isinstance(one, torch.Tensor)])


def change(module, state, moved, inputs):
    plain = outputs(module, state, inputs)
    return float((outputs(module, moved, inputs) - plain).abs().max() / plain.abs().max())


@pytest.mark.parametrize("name", CASES)
def test_the_axes_are_those_written_by_hand(found, name):
    one, case = found(name)[0], CASES[name]
    rows = [row for tensor in one.tensors if (row := stacked(tensor, one.repeats)) is not None]
    assert {row[0] for row in rows} == set(case.layouts)
    ours, theirs = {}, {}
    for tensor, dims, _ in rows:
        wanted = read_layout(case.layouts[tensor])
        blank = {piece.axis: "" for piece in (*pieces_of(dims), *pieces_of(wanted))}
        assert renamed(dims, blank) == renamed(wanted, blank), tensor
        for mine, given in zip(pieces_of(dims), pieces_of(wanted), strict=True):
            assert ours.setdefault(mine.axis, given.axis) == given.axis, tensor
            assert theirs.setdefault(given.axis, mine.axis) == mine.axis, tensor
    first = {own[0]: name for repeat in one.repeats for name, own in repeat.axes}
    fixed = {first.get(axis.name, axis.name): bool(axis.fixed) for axis in one.axes}
    assert {given: fixed[mine] for mine, given in ours.items()} == {given: given[0].isupper() for given in theirs}
    latent = {repeat.name: repeat.name for repeat in one.repeats}
    depends = {"->".join((ours | latent)[side] for side in text.split("->")) for text in one.depends}
    assert depends == set(case.depends)


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_permutations(found, name):
    assert found(name)[0].order == CASES[name].order


@pytest.mark.parametrize("name", CASES)
def test_ten_random_elements_leave_outputs_unchanged(found, name):
    one, module, inputs, state = found(name)
    for seed in range(10):
        moved = one.act(state, one.random(seed))
        assert any(not torch.equal(moved[key], state[key]) for key in state)
        assert change(module, state, moved, inputs) < 1e-10


@pytest.mark.parametrize("name", CASES)
def test_exchanges_along_fixed_axes_change_outputs(found, name):
    one, module, inputs, state = found(name)
    used = {piece.axis for tensor in one.tensors for piece in pieces_of(tensor.dims)}
    fixed = [axis for axis in one.axes if axis.fixed and axis.size > 1 and axis.name in used]
    assert fixed
    for axis in fixed:
        for seed in range(SWAPS):
            torch.manual_seed(seed)
            first, second = torch.randperm(axis.size)[:2].tolist()
            moved = one.act(state, one.swap(axis.name, first, second))
            assert change(module, state, moved, inputs) > 1e-8, (axis, first, second)


@pytest.mark.parametrize("name", CASES)
def test_what_has_no_influence_is_reported_as_redundant(found, name):
    one, module, inputs, _ = found(name)
    outcome = one.verify(module, inputs, redraw=True)
    assert outcome.ok
    assert outcome.error < 1e-10
    assert not outcome.missed
    assert {text.partition(" along ")[0] for text in outcome.redundant} == set(CASES[name].redundant)
