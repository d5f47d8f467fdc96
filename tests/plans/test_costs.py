"""What plans cost, against counts by hand."""

from itertools import product as product_of

import numpy as np
import pytest

import symshare
from symshare import SymshareError, costs, derive, plan
from symshare.plans.interpret import _Run, interpret
from symshare.plans.parameters import RANK, Channels

CHANNELS = (Channels("in"), Channels("out"), RANK)


def test_a_deep_sets_layer_by_hand():
    """x @ W on n items, the sum of n items, one small product, a bias, one broadcast sum."""
    n, c, d = 10, 4, 6
    found = costs(plan(derive("aH", 1)), {"a": n, "in": c, "out": d}).totals()
    assert found["flops"] == 2 * n * c * d + n * c + 2 * c * d + d + n * d
    assert found["written"] == 4 * (n * d + c + d + d + n * d)
    assert found["read"] == 4 * ((n * c + c * d) + n * c + (c + c * d) + 2 * d + (n * d + d))
    assert found["peak"] == 4 * (n * c + n * d + c + d)


def test_the_naive_plan_mixes_every_term_at_full_size():
    n, c, d = 7, 3, 5
    naive = costs(plan(derive("aaH", 1), rewrites=False), {"a": n, "in": c, "out": d})
    mixes = [one for one in naive.steps if one.step.op == "mix"]
    assert len(mixes) == 15
    assert {one.flops.at(dict(naive.sizes)) for one in mixes} == {2 * n * n * c * d}
    mine = costs(plan(derive("aaH", 1)), {"a": n, "in": c, "out": d})
    full = [one for one in mine.steps if one.step.op == "mix" and one.flops.at(dict(mine.sizes)) >= 2 * n * n * c * d]
    assert len(full) == 2


def test_a_matrix_product_costs_its_multiplications_and_additions():
    """`ab,bc->ac` at rank r: 2 n^3 r operations; by naive n-ary loops of `ab,cb,cd->ad`: n^2 m^2, in pairs n^2 m twice."""
    n, m, r = 5, 7, 3
    sizes = {"a": n, "b": m, "in": 2, "out": 2, "rank": r}
    basis = derive("ab", 3).only("ab,cb,cd->ad")
    products = [one for one in costs(plan(basis), sizes).steps if one.step.op == "contract"]
    assert sum(one.flops.at(sizes) for one in products) == 2 * (2 * n * n * m * r)
    naive = [one for one in costs(plan(basis, rewrites=False), sizes).steps if one.step.op == "contract"]
    assert [one.flops.at(sizes) for one in naive] == [3 * n * n * m * m * r]


def test_full_coefficients_by_hand():
    """`a,b->a` with one array: the mean of x times the array (in, in, out), then x times the result, n times in x out."""
    n, c, d = 5, 3, 7
    basis = derive("aH", 2).only("a,b->a")
    found = costs(plan(basis, coefficients="full"), {"a": n, "in": c, "out": d})
    products = [one.flops.at(dict(found.sizes)) for one in found.steps if one.step.op == "contract"]
    assert products == [2 * c * c * d, 2 * n * c * d]


def test_the_shape_of_the_tensors_decides_the_path():
    """With one long axis the product over it comes first."""
    short = derive("ab", 3, sizes={"a": 4, "b": 100}).only("ab,cb,cd->ad")
    long = derive("ab", 3, sizes={"a": 100, "b": 4}).only("ab,cb,cd->ad")
    inner = [next(step.after for step in plan(basis).steps if step.op == "contract") for basis in (short, long)]
    assert sorted(map(sorted, inner)) == [["a", "c"], ["b", "d"]]


@pytest.mark.parametrize(
    ("text", "order", "options"),
    [
        ("abH", 1, {}),
        ("aaH", 1, {}),
        ("abcH", 1, {}),
        ("ab", 2, {}),
        ("aa", 2, {}),
        ("ab,b->ab", 2, {}),
        ("W:ba,b:b,V:cb->V:cb,b:b", 1, {}),
        ("ab", 2, {"depends": ["a->b"]}),
    ],
)
def test_rewrites_never_cost_more(text, order, options):
    """No more operations and no more bytes moved than the naive plan, at small and large sizes."""
    basis = derive(text, order, **options)
    for length in (8, 64):
        sizes = dict.fromkeys(basis.signature.set_axes, length)
        mine, naive = costs(plan(basis), sizes).totals(), costs(plan(basis, rewrites=False), sizes).totals()
        assert mine["flops"] < naive["flops"]
        assert mine["read"] + mine["written"] < naive["read"] + naive["written"]


def test_costs_are_of_every_kind_of_step():
    """Cyclic, orthogonal and Levi-Civita steps have a cost that grows with the sizes."""
    for text, order, axes in [
        ("tH->tH", 2, {"t": "C(8)"}),
        ("tH->tH", 1, {"t": "C(64)"}),
        ("arH->arH", 2, {"r": "SO(3)"}),
        ("rrH->rH", 1, {"r": "SO(3)"}),
    ]:
        for coefficients in ("rank", "full"):
            made = plan(derive(text, order, axes=axes), kind="polynomial", coefficients=coefficients)
            totals = costs(made, {"in": 4, "out": 4, "rank": 2}).totals()
            larger = costs(made, {"in": 8, "out": 8, "rank": 4}).totals()
            assert all(0 < totals[name] < larger[name] for name in totals)


def test_sizes_that_name_nothing_are_refused():
    made = plan(derive("ab", 1))
    with pytest.raises(SymshareError, match="'c' is no axis of ab"):
        costs(made, {"c": 3})
    with pytest.raises(SymshareError, match="a=0 is not a size"):
        costs(made, {"a": 0})
    with pytest.raises(SymshareError, match="give whole numbers for 'in', 'out', 'rank'"):
        plan(symshare.pools("ab", 1), channels={"width": 3})


@pytest.mark.parametrize("sizes", [{}, {"s": 4}, {"s": 3}, {"s": 9}])
@pytest.mark.parametrize(
    ("text", "axes", "order"),
    [("srrH->sH", {"r": "Sp(4)"}, 1), ("sqrrH->sqH", {"r": "O(1,3)"}, 1), ("srH->sH", {"r": "SO(3)"}, 3)],
)
def test_constant_tensors_know_their_axes_whatever_other_axes_measure(text, axes, order, sizes):
    """A size in the signature that happens to be the length of the constant changes no cost elsewhere."""
    at = {"s": 10, "q": 7} if "q" in text else {"s": 10}
    plans = [symshare.plan(symshare.derive(text, order, axes=axes, sizes=one)) for one in ({}, sizes)]
    if [str(term) for term in plans[0].terms] == [str(term) for term in plans[1].terms]:
        one, two = (symshare.costs(made, at).totals() for made in plans)
        assert one == two


def test_the_symplectic_form_costs_what_it_is():
    made = symshare.plan(symshare.derive("srrH->sH", 1, axes={"r": "Sp(4)"}, sizes={"s": 4}))
    assert symshare.costs(made, {"s": 10}).totals()["flops"] == 123_584


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rrH,ssH->H", ["2 r^2 in0", "2 s^2 in1"]),
        ("ssH,rrH->H", ["2 s^2 in0", "2 r^2 in1"]),
        ("rrssH->H", ["2 r^2 s^2 in", "2 r^2 in"]),
        ("ssrrH->H", ["2 r^2 s^2 in", "2 s^2 in"]),
        ("rrH,ssrrH->H", ["2 r^2 in0", "2 r^2 s^2 in1", "2 s^2 in1"]),
    ],
)
def test_a_constant_tensor_serves_every_axis_of_its_length(text, expected):
    """One symplectic form for two axes: each product is counted along the axes that it meets."""
    made = symshare.plan(symshare.derive(text, 1, axes={"r": "Sp(2)", "s": "Sp(2)"}), check=True)
    assert [step.op for step in made.steps].count("constant") == 1
    assert [str(one.flops) for one in costs(made).steps if one.step.op == "contract"] == expected


@pytest.mark.parametrize(
    "text",
    ["H->rrssH", "H->ssrrH", "rrH,ssH->H", "rrssH->rrssH", "rrssH->rrH,ssH", "ssH->rrH", "rrsH->sssH", "rH,sH->rH,sH"],
)
@pytest.mark.parametrize("groups", [("O(1,2)", "O(1,1)"), ("Sp(4)", "Sp(6)")])
@pytest.mark.parametrize("choices", [{"coefficients": "full"}, {"kind": "pooling"}, {}])
def test_axes_of_one_length_cost_letter_by_letter_what_axes_of_two_do(text, groups, choices):
    """Where they have one constant tensor between them, and where each has its own."""
    found = set()
    for own in (groups, groups[:1] * 2, groups[1:] * 2):
        basis = derive(text, 2 if len(text) < 9 else 1, axes=dict(zip("rs", own, strict=True)))
        made = plan(basis, rewrites=False, **{"kind": "polynomial", **choices})
        found.add((len(made.terms), str(costs(made).flops)))
    assert len(found) == 1


def test_vector_products_in_two_spaces_cost_the_same_in_each():
    made = plan(derive("rH,sH->rH,sH", 2, axes={"r": "SO(3)", "s": "SO(3)"}))
    found = str(costs(made).flops)
    turned = found.translate(str.maketrans("rs01", "sr10")).replace("sank", "rank")
    assert sorted(turned.split(" + ")) == sorted(found.split(" + "))


def test_an_axis_of_a_group_has_its_length():
    made = symshare.plan(symshare.derive("srrH->sH", 1, axes={"r": "Sp(4)"}))
    with pytest.raises(SymshareError, match=r"axis r is 4 long under Sp\(4\), not 7"):
        symshare.costs(made, {"r": 7})


@pytest.mark.parametrize("text", ["r,t->r", "r,->r", "r,rr->r"])
def test_an_input_that_no_term_has_costs_nothing_and_has_its_channels(text):
    made = symshare.plan(symshare.derive(text, 1, axes={"r": "O(3)"}))
    found = symshare.costs(made, {"in1": 5})
    assert dict(found.sizes)["in1"] == 5
    assert found.totals() == {**symshare.costs(made, {"in1": 1}).totals(), "peak": found.totals()["peak"]}


def counted(made, sizes, monkeypatch):
    """The operations of a plan that is run: from the lengths of its arrays, whatever letters its steps give their axes."""
    arrays, total = {}, 0
    run = _Run.step

    def noted(self, step, operands):
        arrays[step.result] = run(self, step, operands)
        return arrays[step.result]

    monkeypatch.setattr(_Run, "step", noted)
    lengths = {"in": 3, "out": 5, "rank": 2}
    parameters = {
        one.name: np.ones([lengths[extent.side] if extent in CHANNELS else extent for extent in one.shape])
        for one in made.parameters
    }
    shapes = [(*(sizes[letter] for letter in tensor.set_axes), 3) for tensor in made.signature.inputs]
    arrays |= {name: np.ones(shape) for name, shape in zip(made.inputs, shapes, strict=True)}
    interpret(made, parameters, [arrays[name] for name in made.inputs], sizes=sizes)
    for step in made.steps:
        first, after = arrays[step.operands[0]] if step.operands else np.ones(0), arrays[step.result]
        if step.op in ("mix", "fan"):
            total += 2 * first.size * after.shape[0 if step.first else -1]
        elif step.op in ("reduce", "sum"):
            total += first.size
        elif step.op in ("add", "cross"):
            total += after.size * {"add": 1, "cross": 3}[step.op]
        elif step.op == "contract":
            given = [*zip(step.operands, step.before, strict=True)]
            names = [step.channels[at] if step.channels else "H" for at in range(len(given))]
            ranges = {}
            for (name, own), channel in zip(given, names, strict=True):
                ranges |= zip((*channel, *own) if step.first else (*own, *channel), arrays[name].shape, strict=True)
            gone = len(ranges) > len(step.after) + len(step.channels[-1] if step.channels else "H")
            times = len(given) - 1 or 1  # what is averaged alone is divided entry by entry
            total += sum(times + gone for _ in product_of(*map(range, ranges.values())))
    return total


@pytest.mark.parametrize("s", [2, 3, 4])
@pytest.mark.parametrize("sized", [False, True])
@pytest.mark.parametrize(
    ("text", "axes", "order"),
    [
        ("srrH->sH", {"r": "Sp(4)"}, 1),
        ("srrH->sH", {"r": "Sp(2)"}, 1),
        ("sqrrH->sqH", {"r": "O(1,3)"}, 1),
        ("srH->sH", {"r": "SO(3)"}, 3),
        ("srH->srH", {"r": "SO(3)"}, 2),
        ("srrH->srH", {"r": "SO(3)"}, 1),
        ("sH->srrH", {"r": "O(1,2)"}, 1),
        ("srtH->sH", {"r": "O(1,1)", "t": "O(1,1)"}, 2),
    ],
)
def test_operations_are_those_of_the_arrays_that_a_plan_is_run_on(text, axes, order, s, sized, monkeypatch):
    """Also where a set axis is as long as a constant tensor's leg, and the signature says so."""
    basis = symshare.derive(text, order, axes=axes, sizes={"s": s} if sized else {})
    made = plan(basis)
    sizes = {"s": s, "q": 2} | dict(made.signature.sizes)
    channels = {"in": 3, "out": 5, "rank": 2}
    given = {letter: sizes[letter] for letter in made.signature.symmetric_axes}
    assert costs(made, given | channels).totals()["flops"] == counted(made, sizes, monkeypatch)
