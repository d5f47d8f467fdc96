"""Hidden types: which a network has, what acts on them, how wide they are, which are positions."""

import pytest

import symshare
from symshare import signature
from symshare.plans.hidden import acting, hidden_pools, positions, unkept, widths_of
from tests.zoo import ANY_LENGTH, FAMILIES, axes

O3 = {"r": "O(3)"}


def types(found):
    return [str(tensor) for tensor in found.signature.inputs]


@pytest.mark.parametrize(
    ("text", "groups", "more", "wanted"),
    [
        ("pos:arH->arH", O3, (), ["ar", "a"]),
        ("pos:arH->H", O3, (), ["ar", "", "a"]),
        ("arH->arH", O3, "arr,aa", ["ar", "arr", "aa", "a"]),
        ("rH->arH", O3, (), ["r", ""]),
        ("arH->arH", {"r": "GL(2)"}, (), ["ar"]),
        ("arH->arH", {"r": "C(4)"}, (), ["ar"]),
        ("arH->arH", {"r": "B(3)"}, (), ["ar"]),
        ("rH,sH->rH", {"r": "GL(2)", "s": "dual(r)"}, (), ["r", "s", ""]),
    ],
)
def test_types_are_those_of_inputs_and_outputs_and_of_gates(text, groups, more, wanted):
    assert types(hidden_pools(signature(text, axes=groups), 2, more)) == wanted


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - ANY_LENGTH))
def test_only_permutations_have_functions_of_each_entry(family):
    one = signature("ar,a" if FAMILIES[family] else "art,a", axes={k: v for k, v in axes(family).items() if k in "rt"})
    kind = acting(one)[0].kind
    group = one.group("r")
    permuted = group is None or group.permutes
    assert kind == ("gelu" if permuted else "odd" if group.signed else "gate")


def test_widths_and_norms():
    one = signature("a,ar", axes=O3)
    assert widths_of(one, 8) == (8, 8) and widths_of(one, {"a": 3}) == (3, 64)
    assert not unkept(symshare.pools(one, 2)) and unkept(symshare.pools("a,ar", 2, axes={"r": "Lorentz"}))


def test_positions_are_named_or_typed():
    one = signature("pos:arH,vel:arH,charge:aH->pos:arH,arH", axes=O3)
    assert positions(one, "pos") == ((0,), (0,)) and positions(one, ["ar"]) == ((0, 1), (0, 1))
