"""Rewrites of a plan: none changes a value, and each keeps what it promises."""

from collections import Counter

import numpy as np
import pytest

import symshare
from symshare import derive, pools
from symshare.core.terms.constant import levi_civita
from symshare.plans.interpret import interpret
from symshare.plans.operations import ConstantTensor, Contract, Mix
from symshare.plans.outputs import add_small_first
from symshare.plans.pairs import in_pairs
from symshare.plans.parameters import RANK, Channels, Parameter
from symshare.plans.planning import REWRITES
from symshare.plans.rewrites import fan_out, reduce_first, share
from symshare.plans.standards import standardise_together
from symshare.plans.steps import Addend, Plan
from tests.plans import test_groups_plan as groups
from tests.reference import CASES, layer_values, random_parameters

SIZES = {"a": 3, "b": 4, "c": 2}
HINTS = {"in": 64, "out": 64, "rank": 64}
FACTORS = {"normalise_factors": True}
POOLED = [
    *(("abH", 3, {}, FACTORS), ("aaH", 2, {}, FACTORS), ("aab", 2, {}, {"reduce": "sum"})),
    *(("ab", 3, {"depends": ["a->b"]}, FACTORS | {"normalise_scale": True}), ("abcH", 2, {}, {})),
]


def naive(text, order, options, choices, kind="polynomial"):
    basis = (pools if kind == "pooling" else derive)(text, order, **options)
    return symshare.plan(basis, kind=kind, rewrites=False, **choices)


def rewritten(plan, *rewrites):
    for rewrite in rewrites or REWRITES:
        plan = rewrite(plan)
    return plan


def drawn(plan, weighted):
    """Parameters, inputs, the lengths of axes, and weights for those of the inputs."""
    random = np.random.default_rng(0)
    signature = plan.signature
    channels = {f"in{n}": 2 + n for n in range(4)} | {f"out{n}": 3 + n for n in range(4)} | {"rank": 2}
    sizes = SIZES | dict(signature.sizes)
    axes = [tensor.set_axes for tensor in signature.inputs]
    inputs = [random.normal(size=(5, *(sizes[one] for one in own), 2 + n)) for n, own in enumerate(axes)]
    measure = {}
    for letter in sorted(set().union(*axes)) if weighted else ():
        own = [letter]
        while (above := signature.parent(own[0])) is not None:
            own.insert(0, above)
        measure[letter] = random.uniform(0.1, 1, size=(5, *(sizes[one] for one in own)))
    return random_parameters(plan, channels, random), inputs, {"sizes": sizes, "measure": measure}


def assert_equal(plan, expected, arguments):
    parameters, inputs, keywords = arguments
    found = interpret(plan, parameters, inputs, **keywords)
    for one, two in zip(found, expected, strict=True):
        assert one.shape == two.shape
        assert np.abs(one - two).max() < 1e-11 * max(1, np.abs(two).max())
    known = set(plan.inputs)
    for step in plan.steps:
        assert set(step.operands) <= known
        assert step.result not in known
        known.add(step.result)
    assert {addend.value for addend in plan.addends} <= known
    assert {one.name for step in plan.steps for one in step.parameters} == {one.name for one in plan.parameters}


def assert_kept(plan, arguments):
    """One after the other, each alone (but small sums need small tensors), and each again (but pairs have a layout now)."""
    parameters, inputs, keywords = arguments
    expected = interpret(plan, parameters, inputs, **keywords)
    made = plan
    for rewrite in REWRITES:
        made = rewrite(made)
        assert_equal(made, expected, arguments)
        assert_equal(rewrite(reduce_first(plan) if rewrite is add_small_first else plan), expected, arguments)
    for rewrite in REWRITES:
        if rewrite is not in_pairs:
            assert_equal(rewrite(made), expected, arguments)
    return expected


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("text", "order", "options", "choices"), CASES)
def test_no_rewrite_changes_a_value(text, order, options, choices, weighted):
    plan = naive(text, order, options, choices)
    arguments = drawn(plan, weighted)
    expected = assert_kept(plan, arguments)
    if not weighted:
        for one, two in zip(expected, layer_values(plan, *arguments[:2], arguments[2]["sizes"]), strict=True):
            assert np.allclose(one, two, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("hints", [None, HINTS])
@pytest.mark.parametrize(("text", "order", "options", "choices"), POOLED)
def test_no_rewrite_changes_a_pooling_layer(text, order, options, choices, hints, weighted):
    plan = naive(text, order, options, choices | {"channels": hints}, kind="pooling")
    assert_kept(plan, drawn(plan, weighted))


@pytest.mark.parametrize("case", groups.CASES, ids=groups.NAMES)
def test_no_rewrite_changes_a_value_under_other_groups(case):
    text, order, axes, options, choices = case
    plan = naive(text, order, {"axes": axes, **options}, choices)
    _, _, parameters, inputs, sizes = groups.drawn(plan, np.random.default_rng(0))
    assert_kept(plan, (parameters, inputs, {"sizes": sizes}))


@pytest.mark.parametrize("text", ["aH", "abH", "aaH", "abcH", "aab->ba", "abc->cba", "ab->bbaa", "ab->", "a->bab"])
def test_channels_are_mixed_where_as_few_entries_are_as_the_term_allows(text):
    """Where a term of order 1 goes from input to output, only the indices that both have are there."""
    for made in (rewritten(naive(text, 1, {}, {}), reduce_first), symshare.plan(derive(text, 1))):
        mixed = [step for step in made.steps if step.op == "mix"]
        for step in mixed:
            for one in step.parameters:
                term = made.terms[one.term]
                assert len(step.before[0]) == len(set(term.factor_indices[0]) & set(term.output_indices))
    assert sum(len(one.parameters) for one in mixed) == len([term for term in made.terms if term.order])


def test_two_products_of_full_size_are_left_of_fifteen():
    """`aaH`: the input itself and the transposed input."""

    plan = naive("aaH", 1, {}, {})
    every = [made.steps for made in (plan, reduce_first(plan), rewritten(plan))]
    assert [sum(step.op == "mix" and len(step.after) == 2 for step in steps) for steps in every] == [15, 2, 2]


def test_sums_come_before_the_mix_of_what_they_sum():
    def sums_of_mixes(plan):
        mixes = {step.result for step in plan.steps if step.op == "mix"}
        return [one for one in plan.steps if one.op in ("reduce", "diagonal") and mixes.issuperset(one.operands)]

    plan = naive("ab->a", 3, {}, {})
    assert sums_of_mixes(plan)
    assert not sums_of_mixes(reduce_first(plan))


def by_hand(*steps):
    """A plan of these steps, the last of which makes the output."""
    some = symshare.plan(derive("ab", 2), reduce="sum")
    parameters = tuple({one.name: one for step in steps for one in step.parameters}.values())
    addend = Addend(steps[-1].result, 0, 0, True)
    return Plan(some.signature, some.terms, some.choices, ("x",), steps, parameters, (addend,))


def product_of(result, operands, spec, term, **more):
    """A product by its einsum string, all names single letters."""
    left, right = spec.split("->")
    return Contract(result, tuple(operands), tuple(map(tuple, left.split(","))), tuple(right), term, **more)


def test_products_equal_up_to_names_and_order_are_made_once():
    factors = [Parameter("factor", name, (Channels("in"), RANK)) for name in "pq"]
    ab = ("a", "b")
    mixed = [Mix(name, ("x",), (ab,), ab, 0, matrices=(one,)) for name, one in zip("uv", factors, strict=True)]
    one = product_of("s", "uv", "ab,cb->ac", 0)
    two = product_of("t", "vu", "xz,yz->yx", 1)
    other = product_of("t", "vu", "xz,yz->xy", 1)
    last = product_of("w", "st", "ac,ac->ac", 0)
    for steps, number in (((one, two), 2), ((one, other), 3)):
        assert sum(step.op == "contract" for step in share(by_hand(*mixed, *steps, last)).steps) == number


def test_products_of_constant_tensors_are_made_once():
    e = levi_civita(3)
    tensors = [ConstantTensor(name, (), (), tuple("abc"), 0, tensor=e) for name in "ef"]
    one = product_of("s", "ef", "abc,cde->abde", 0, channels=("", "", ""))
    two = product_of("t", "fe", "zyx,xwv->zywv", 0, channels=("", "", ""))
    last = product_of("w", "xst", "ab,abde,deab->de", 0, channels=("C", "", "", "C"))
    made = share(by_hand(*tensors, one, two, last))
    assert Counter(step.op for step in made.steps) == {"constant": 1, "contract": 2}
    for case in groups.CASES[:10]:
        plan = groups.planned(case)
        tensors = [step.tensor for step in plan.steps if step.op == "constant"]
        assert len(tensors) == len(set(tensors))


def test_products_are_of_two_values_each():
    for text, order, options, choices in CASES:
        plan = naive(text, order, options, choices)
        assert all(len(step.operands) <= 2 for step in in_pairs(plan).steps if step.op == "contract")
    for case in groups.CASES:
        assert all(len(step.operands) <= 2 for step in groups.planned(case).steps if step.op == "contract")


def test_a_product_of_five_factors_has_no_intermediate_of_three_indices():
    """SEEDS A4: `ab,dc,ae,ac,db->de` by `ab,db->ad`, `ac,dc->ad`, `ad,ad->ad`, `ad,ae->de`."""
    plan = symshare.plan(derive("ab", 5).only("ab,dc,ae,ac,db->de"), kind="polynomial", rewrites=False)
    (before,) = (step for step in plan.steps if step.op == "contract")
    assert len(before.operands) == 5
    after = [step for step in in_pairs(plan).steps if step.op == "contract"]
    assert [len(step.after) for step in after] == [2, 2, 2, 2]
    assert sorted(len(set().union(*step.before)) for step in after) == [2, 3, 3, 3]


def test_a_product_of_more_than_ten_factors_has_no_intermediate_of_three_indices():
    """A row of eleven matrices, written in no order: left to right would make values of up to twelve indices."""
    text = "fg,ab,jk,de,hi,bc,kl,ef,ij,cd,gh->al"
    one = symshare.signature("aa")
    plan = symshare.plan(symshare.Basis(one, 11, (symshare.Term.from_einsum(one, text),)), rewrites=False)
    (before,) = (step for step in plan.steps if step.op == "contract")
    assert len(before.operands) == 11
    after = [step for step in in_pairs(plan).steps if step.op == "contract"]
    assert [len(step.after) for step in after] == [2] * 10
    assert [len(set().union(*step.before)) for step in after] == [3] * 10


TOTALS = [
    # by hand: one sum over all that goes, for each set of axes that some term needs and nothing smaller gives
    ("ab->", 1, {}, (), ["ab->"]),
    ("abcH->H", 1, {}, (), ["abc->"]),
    ("abcd->", 1, {}, (), ["abcd->"]),
    ("aa->", 1, {}, (), ["a->", "ab->"]),  # of the diagonal, and of all
    ("abc->c", 1, {}, (), ["abc->", "abc->c"]),
    ("ab,b->", 1, {}, (), ["ab->", "b->"]),  # one of each input
    ("ab->", 1, {"depends": ["a->b"]}, (), ["ab->"]),
    ("abc->", 1, {"depends": ["a->b", "b->c"]}, (), ["abc->"]),
    ("ab->", 2, {}, ("ab,cd->",), ["ab->"]),  # the square of one total
    ("abc->a", 2, {}, ("abc,ade->a",), ["a->", "abc->a"]),
    ("rs->", 2, {"axes": {"r": "O(3)", "s": "O(2)"}}, (), ["rs->"]),  # both scalar products at once
    ("ab", 1, {}, (), ["a->", "ab->a", "ab->b"]),  # what lies between is needed by itself: nothing to join
]


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize(("text", "order", "options", "only", "specs"), TOTALS)
def test_sums_in_a_row_are_joined_to_one(text, order, options, only, specs, reduce):
    basis = derive(text, order, **options)
    plan = symshare.plan(basis.only(*only) if only else basis, kind="polynomial", reduce=reduce)
    assert sorted(step.spec for step in plan.steps if step.op in ("reduce", "sum")) == specs


@pytest.mark.parametrize(("text", "order", "options", "choices"), CASES)
def test_no_sum_is_left_that_only_another_sum_reads(text, order, options, choices):
    made = rewritten(naive(text, order, options, choices))
    readers = Counter(name for step in made.steps for name in step.operands)
    sums = {step.result: step for step in made.steps if step.op in ("reduce", "sum")}
    for step in sums.values():
        (read,) = step.operands
        alike = read in sums and (sums[read].op, sums[read].first) == (step.op, step.first)
        assert not alike or readers[read] > 1, f"{sums[read]} and {step} are one sum"


def test_matrices_in_a_row_are_merged_where_that_is_less_work():
    """Through rank r an entry takes r (in + out) products, merged in x out: at 64 and 64 that is less from r = 32 on."""

    def merged(**numbers):
        plan = symshare.plan(pools("abH", 3), channels=numbers or None)
        return [step.parameters[0].key for step in plan.steps if step.op == "mix" and step.chained]

    assert merged(**HINTS) == merged(**HINTS | {"rank": 32}) == ["ab__ab__0"]
    assert merged(**HINTS | {"rank": 31}) == merged(**HINTS | {"rank": 8}) == merged() == []


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (lambda: symshare.plan(pools("abH", 3)), ["ab_cb_cd__ad"]),
        (lambda: symshare.plan(pools("aaH", 2)), ["ab_bc__ac"]),
        (lambda: symshare.plan(derive("abH", 2)), ["ab_ac__db", "ab_cb__ad"]),  # with the vector of means of x
        (lambda: symshare.plan(derive("abH->aH", 2).only("ab,ab->a", "ab,cb->a")), ["ab_cb__a"]),
        (lambda: symshare.plan(derive("aH", 3)), []),
        (lambda: symshare.plan(derive("ab->", 4).only("ab,cb,ad,cd->", "ab,ab,ab,ab->")), ["ab_ac_db_dc__"]),
        (lambda: symshare.plan(derive("abH", 3).only("ab,cb,cd->ad", "ab,ab,ab->ab")), ["ab_cb_cd__ad"]),
    ],
)
def test_matrix_products_have_their_channels_first_and_nothing_else_has(plan, expected):
    made = plan()
    mixes = [step for step in made.steps if step.op in ("mix", "fan") and step.first]
    found = {one.key.rsplit("__", 1)[0] for step in mixes for one in step.parameters}
    assert sorted(found) == expected
    first = {step.term for step in made.steps if step.first or getattr(step, "back", False)}
    assert len(first) == len(expected)


@pytest.mark.parametrize(("text", "order", "options", "choices"), [*CASES, ("aaH", 2, {}, {})])
def test_one_value_is_left_for_each_output(text, order, options, choices):
    made = rewritten(naive(text, order, options, choices), reduce_first, in_pairs, share, add_small_first)
    assert [addend.output for addend in made.addends] == list(range(len(made.signature.outputs)))


def test_four_sums_of_full_size_are_left_of_sixteen():
    """`aaH`: the transposed input, a value for each row, one for each column, and the diagonal, which is smaller."""
    plan = naive("aaH", 1, {}, {})
    assert len(plan.addends) == 17
    made = rewritten(plan)
    assert len([step for step in made.steps if step.op == "add" and len(step.after) == 2]) == 4
    assert [step.spec for step in made.steps if step.op == "place" and step.after == ("a", "a")] == ["a->aa"]


def test_factors_of_one_value_are_one_product():
    for made in (symshare.plan(pools("abH", 3)), symshare.plan(derive("ab", 3)), symshare.plan(derive("aa", 2))):
        assert [step for step in made.steps if step.op == "fan"]
        single = [step for step in made.steps if step.op in ("mix", "fan") and step.parameters[0].group == "factor"]
        alike = Counter((step.operands[0], step.first) for step in single)
        assert set(alike.values()) == {1}
    plan = naive("abH", 3, {}, {}, kind="pooling")
    parts = Counter(step.operands[0] for step in fan_out(plan).steps if step.op == "part")
    assert sorted(parts.values()) == [8]


ALIKE = [
    ("a,ar->a,ar", {"r": "O(3)"}, 2, 3, 2),
    ("ar->ar", {"r": "SO(3)"}, 3, 4, 2),
    ("abH", {}, 3, 2, 2),  # one has its channels first
]


@pytest.mark.parametrize(("text", "axes", "order", "apart", "together"), ALIKE)
def test_factors_that_are_normalised_alike_stand_side_by_side(text, axes, order, apart, together):
    plan = symshare.plan(pools(text, order, axes=axes), normalise_factors=True, rewrites=False)
    earlier = rewritten(plan, *REWRITES[: REWRITES.index(standardise_together)])
    joined = standardise_together(earlier)
    numbers = [sum(step.op == "standardise" for step in one.steps) for one in (earlier, joined)]
    assert numbers == [apart, together]
    for weighted in (False, True):
        arguments = drawn(plan, weighted)
        parameters, inputs, keywords = arguments
        assert_equal(joined, interpret(plan, parameters, inputs, **keywords), arguments)
