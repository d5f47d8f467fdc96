"""Messages along weights whose axes hang on others: each index goes on with the one that it belongs to."""

from itertools import product
from math import prod

import numpy as np
import pytest

from symshare import signature
from symshare.plans.messages import messages_along

SIZES = {"a": 2, "b": 3, "c": 2, "d": 2}
NESTED = {
    # the axes of tensors, what hangs on what, and for each index of each tensor the place of that which it belongs to
    "units of groups, squared": (("(a b a b)", "(a b)"), ("a->b",), ((None, 0, None, 2), (None, 0))),
    "groups beside units": (("(a a b)", "(a b)", "(a)"), ("a->b",), ((None, None, 1), (None, 0), (None,))),
    "units before their groups": (("(b a a)", "(b a)", "(a)"), ("a->b",), ((1, None, None), (1, None), (None,))),
    "two kinds of units": (
        ("(a b a c)", "(a b)", "(a c)"),
        ("a->b", "a->c"),
        ((None, 0, None, 2), (None, 0), (None, 0)),
    ),
    "units of one group": (("(a b b)", "(a b)", "(a)"), ("a->b",), ((None, 0, 0), (None, 0), (None,))),
    "units of units": (("(a b c a b c)", "(a b c)"), ("a->b", "b->c"), ((None, 0, 1, None, 3, 4), (None, 0, 1))),
    "groups of others": (("(a b d)", "(a b)", "(d)"), ("a->b",), ((None, 0, None), (None, 0), (None,))),
}
WANTED = {
    # each product that leaves an index or sums it, with its group
    "units of groups, squared": {
        *("(a b a_2 b_2),(a b)->(a_2 b_2)", "(a b a_2 b_2),(a_2 b_2)->(a b)"),
        *("(a b a_2 b_2),(a b a_2 b_2)->()", "(a b a_2 b_2),(a_2 b_2 a b)->()", "(a b),(a b)->()"),
    },
    "units of one group": {
        *(
            "(a b b_2),(a b)->(a b_2)",
            "(a b b_2),(a b_2)->(a b)",
            "(a b b_2),(a b b_2)->(a)",
            "(a b b_2),(a b_2 b)->(a)",
        ),
        *("(a b b_2),(a b b_2)->()", "(a b b_2),(a b_2 b)->()", "(a b),(a b)->(a)", "(a b),(a b)->()", "(a),(a)->()"),
    },
    "units of units": {
        *("(a b c a_2 b_2 c_2),(a b c)->(a_2 b_2 c_2)", "(a b c a_2 b_2 c_2),(a_2 b_2 c_2)->(a b c)"),
        *("(a b c a_2 b_2 c_2),(a b c a_2 b_2 c_2)->()", "(a b c a_2 b_2 c_2),(a_2 b_2 c_2 a b c)->()"),
        "(a b c),(a b c)->()",
    },
    "groups of others": {
        *("(a b d),(a b)->(d)", "(a b d),(d)->(a b)", "(a b d),(a b d)->()", "(a b),(a b)->()", "(d),(d)->()"),
    },
}


def made(name):
    tensors, depends, above = NESTED[name]
    texts = [f"{one[:-1]} Channels)" for one in tensors]
    hidden = signature(",".join(texts), depends=list(depends))
    axes = [tuple(one[1:-1].split()) for one in tensors]
    sizes = [[SIZES[axis] for axis in own] for own in axes]
    return axes, above, sizes, messages_along(hidden, sizes)


def moved(array, axes, above, orders):
    """Entries where an element of the group brings them: each value of an axis by its order below the values above it."""
    found = np.empty_like(array)
    for at in product(*map(range, array.shape)):
        to = []
        for place, axis in enumerate(axes):
            line, held = (), above[place]
            while held is not None:
                line, held = (at[held], *line), above[held]
            to.append(orders[axis][line][at[place]])
        found[tuple(to)] = array[at]
    return found


@pytest.mark.parametrize("name", NESTED)
def test_messages_commute_with_every_permutation_below_each_group(name):
    axes, above, sizes, messages = made(name)
    rows = dict(zip(axes, above, strict=True))
    random = np.random.default_rng(0)
    lines = {"a": (), "b": ("a",), "c": ("a",) if name == "two kinds of units" else ("a", "b"), "d": ()}
    assert messages
    for _ in range(3):
        orders = {
            axis: {at: random.permutation(SIZES[axis]) for at in product(*(range(SIZES[one]) for one in line))}
            for axis, line in lines.items()
        }
        arrays = [random.normal(size=shape) for shape in sizes]
        others = [moved(*each, orders) for each in zip(arrays, axes, above, strict=True)]
        for message in messages:
            form = message.form.replace("...", "").replace("C", "")
            before, after = (
                np.einsum(form, given[message.weight], given[message.sources[0]]) for given in (arrays, others)
            )
            if message.targets:
                own = axes[message.targets[0]]
                before = moved(before, own, rows[own], orders)
            assert np.allclose(before, after, atol=1e-12), message.text


@pytest.mark.parametrize("name", WANTED)
def test_messages_go_from_all_units_to_all_others(name):
    *_, messages = made(name)
    assert {one.text for one in messages} == WANTED[name]
    for one in messages:
        left, right = one.text.split("->")
        weight = left.split("),(")[0].strip("(").split()
        gone = [axis for axis in weight if axis not in right.strip("()").split()]
        assert one.length == prod(SIZES[axis.partition("_")[0]] for axis in gone), one.text
