"""Plans are verified: those that are made fit together after every rewrite, and broken ones are refused with the place."""

from dataclasses import replace

import pytest

import symshare
from symshare import derive, pools
from symshare.errors import PlanError
from symshare.plans.check import check
from symshare.plans.indices import Index
from symshare.plans.operations import Diagonal, Place, Reduce, Roll
from symshare.plans.parameters import RANK, Channels, Parameter
from symshare.plans.planning import REWRITES
from symshare.plans.rewrites import reduce_first
from tests import zoo
from tests.plans.test_groups_plan import CASES as GROUPS
from tests.plans.test_groups_plan import NAMES
from tests.reference import CASES

HINTS = {"in": 64, "out": 64, "rank": 64}
OPTIONS = (
    {},
    {"reduce": "sum", "normalise_scale": True},
    {"coefficients": "full"},
    {"kind": "pooling", "channels": HINTS},
    {"circular": "fft"},
    {"kind": "linear"},
)
NORMALISED = ({"normalise_factors": True}, {"coefficients": "full", "normalise_factors": True})


def verified(basis, **choices):
    """The plan of a basis, checked before the first rewrite and after each, in their order and each on its own."""
    made = symshare.plan(basis, rewrites=False, **choices)
    check(made)
    for rewrite in REWRITES:
        check(rewrite(reduce_first(made) if rewrite.__name__ == "add_small_first" else made))
    for rewrite in REWRITES:
        made = rewrite(made)
        check(made)
    return made


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_plans_of_every_family_fit_after_every_rewrite(family):
    for number, text in enumerate(zoo.BESIDE):
        signature = zoo.signature(text, family)
        try:
            basis = derive(signature, 2 if text in ("rH->rH", "rrH->H") else 1)
        except symshare.SymshareError:
            continue
        if not any(term.order for term in basis):
            continue
        turn = number % len(OPTIONS)
        for choices in (OPTIONS[turn], OPTIONS[turn - 2]):
            verified(basis, **{**choices, "normalise_scale": False} if family in zoo.STRETCHING else choices)
        if family not in zoo.STRETCHING:
            verified(basis, **NORMALISED[number % 2])


@pytest.mark.parametrize("text", ["rH,sH->rH,sH", "rsH->rsH", "rrsH->sH", "rH->rssH"])
@pytest.mark.parametrize("family", [name for name in zoo.FAMILIES if name not in ("two", "generators")])
def test_plans_of_two_axes_under_one_group_fit_after_every_rewrite(family, text):
    """Constant tensors of one axis serve the other."""
    group = zoo.FAMILIES[family]["r"]
    basis = derive(symshare.signature(text, axes={"r": group, "s": group}), 1 if "sr" in text or "ss" in text else 2)
    if any(term.order for term in basis):
        verified(basis, kind="polynomial")


@pytest.mark.parametrize("text", [*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE])
def test_plans_of_set_axes_fit_after_every_rewrite(text):
    depends = ["a->b", "b->c"] if text in zoo.TWICE else ["a->b"] if text in zoo.NESTED else []
    for order in (1, 2) if len(text) < 11 else (1,):
        basis = derive(text, order, depends=depends)
        for choices in (*OPTIONS, *NORMALISED):
            verified(basis, **choices)


@pytest.mark.parametrize("case", GROUPS, ids=NAMES)
def test_plans_under_other_groups_fit_after_every_rewrite(case):
    text, order, axes, options, choices = case
    verified(derive(text, order, axes=axes, **options), kind="polynomial", **choices)


@pytest.mark.parametrize(("text", "order", "options", "choices"), CASES)
def test_plans_of_many_signatures_fit_after_every_rewrite(text, order, options, choices):
    verified(derive(text, order, **options), kind="polynomial", **choices)


@pytest.mark.parametrize("text", ["abH", "aaH", "aH", "abcH"])
@pytest.mark.parametrize("hints", [None, HINTS])
def test_plans_of_poolings_fit_after_every_rewrite(text, hints):
    for choices in ({}, *NORMALISED[:1]):
        verified(pools(text, 2 if text == "abcH" else 3), channels=hints, **choices)


def test_every_kind_of_step_is_checked():
    """A few plans have all sixteen operations."""
    met = set()
    for basis, choices in (
        (derive("aaH", 2), {"normalise_factors": True}),
        (pools("abH", 3), {}),
        (derive("arH->arH", 2, axes={"r": "SO(3)"}), {}),
        (derive("rrH->rH", 1, axes={"r": "SO(3)"}), {}),
        (derive("ttH->tH", 1, axes={"t": "C(3)"}), {}),
        (derive("tH->tH", 1, axes={"t": "C(3)"}), {}),
        (derive("rH->H", 2, axes={"r": "O(3)"}), {}),
    ):
        met |= {step.op for step in verified(basis, **choices).steps}
    plain = "bias diagonal reduce sum roll mix fan part stack standardise circulate contract cross place add constant"
    assert sorted(met) == sorted(plain.split())


def test_a_plan_is_checked_as_it_is_made_where_that_is_asked_for(monkeypatch):
    seen = []
    monkeypatch.setattr("symshare.plans.planning.checked", seen.append)
    plain, made = symshare.plan(derive("abH", 2)), symshare.plan(derive("abH", 2), check=True)
    assert plain == made
    assert len(seen) == 1 + len(REWRITES)
    assert seen[-1] == made


SETS = "ab,b->ab"
PLANS = {
    SETS: lambda: symshare.plan(derive("ab,b->ab", 2)),
    "ab": lambda: symshare.plan(derive("ab", 1)),
    "aa": lambda: symshare.plan(derive("aa", 1)),
    "two": lambda: symshare.plan(derive("a->a,b", 1)),
    "chain": lambda: symshare.plan(derive("aH", 1), kind="pooling"),
    "a->ab": lambda: symshare.plan(derive("a->ab", 1), rewrites=False),
    "a->bb": lambda: symshare.plan(derive("a->bb", 1)),
    "pooling": lambda: symshare.plan(pools("abH", 3)),
    "O(3)": lambda: symshare.plan(derive("rH->H", 2, axes={"r": "O(3)"})),
    "Sp(2)": lambda: symshare.plan(derive("arrH->aH", 1, axes={"r": "Sp(2)"}, sizes={"a": 4})),
    "SO(3)": lambda: symshare.plan(derive("arH->arH", 2, axes={"r": "SO(3)"})),
    "C(5)": lambda: symshare.plan(derive("atH->tH", 1, axes={"t": "C(5)"})),
    "rolled": lambda: symshare.plan(derive("ttH->tH", 1, axes={"t": "C(3)"})),
    "normalised": lambda: symshare.plan(derive("abH", 2), normalise_factors=True),
    "full": lambda: symshare.plan(derive("aH,H->aH", 2), coefficients="full"),
}


def to(**fields):
    """A change of some fields of a step; indices are given as letters side by side."""
    letters = {"after", "spread", "centred", "legs"} & fields.keys()
    own = fields | {name: tuple(fields[name]) for name in letters}
    own |= {"before": tuple(map(tuple, fields["before"]))} if "before" in fields else {}
    return lambda step: replace(step, **own)


def one_matrix(*shape):
    """A change of the shape of a step's matrices."""
    return lambda step: replace(step, matrices=tuple(replace(one, shape=shape) for one in step.matrices))


BROKEN = {
    # what is wrong: the plan, the step that is changed, the change, and what the error says of it
    "a name made twice": (SETS, "t2", to(result="t1"), "is there already"),
    "the name of an input": (SETS, "t2", to(result="x1"), "is there already"),
    "a step that takes itself": (SETS, "t6", to(operands=("t4", "t6")), "is made by this step or after it"),
    "a value that is made later": (SETS, "t6", to(operands=("t4", "t7")), "t7 is made by this step or after it"),
    "a value that no step makes": (SETS, "t2", to(operands=("t777",)), "t777 is made by no step"),
    "one operand of a sum of two": (SETS, "t115", to(operands=("t114",), before=("",)), "1 operands"),
    "a value with other axes": (SETS, "x0_a", to(operands=("x1",)), "x1 has 1 axis (b), and 'ab' names 2"),
    "an index too many": ("ab", "t2", to(before=("abc",), after="abc"), "x has 2 axes (ab), and 'abc' names 3"),
    "an index of two axes": (SETS, "t6", to(before=("ab", "ba")), "index b is of axis b in one place and of axis a"),
    "an index with another letter": (
        SETS,
        "x0_a",
        to(gone=(Index("b", "a"),)),
        "index b is of axis b in one place and of",
    ),
    "an index with an unknown letter": (SETS, "x0_a", to(gone=(Index("b", "z"),)), "an axis of the signature"),
    "a sum that does not name its index": (SETS, "x0_a", to(gone=()), "what goes is b"),
    "a sum that keeps its index": (SETS, "x0_a", to(after="ab"), "keeps some indices"),
    "a sum that adds an index": (SETS, "x0_a", to(after="ac"), "keeps some indices"),
    "a mean that is kept": (SETS, "t29", to(after="ab"), "index a is summed over, so the result has it not"),
    "a mean over what is not there": (SETS, "t29", to(averaged=(Index("c", "a"),)), "index c is of an operand"),
    "a product with a new index": (SETS, "t6", to(after="abc"), "index c is of an operand"),
    "a product with an index twice": (SETS, "t6", to(after="abb"), "has each index once"),
    "weights along what is not there": ("ab", "x_a", to(gone=(Index("b", "b", ("c", "b")),)), "with cb in one operand"),
    "weights of more than the parents": ("ab", "x_a", to(gone=(Index("b", "b", ("a", "b")),)), "depends on no more"),
    "a mean where a group mixes values": ("O(3)", "t6", lambda step: mean_of(step), "values that are permuted"),
    "a diagonal of different indices": ("O(3)", "t6", lambda step: Diagonal(*places(step)), "one that stands twice"),
    "a matrix of other channels": (SETS, "t2", one_matrix(RANK, Channels("out")), "takes rank"),
    "matrices in another order": (
        SETS,
        "t114",
        lambda one: replace(one, matrices=one.matrices[::-1]),
        "t113 has in0 + in1 + rank + rank",
    ),
    "matrices of other results": (SETS, "t114", lambda one: uneven(one), "make the same channels"),
    "a matrix of three axes": ("ab", "t2", one_matrix(3, Channels("in"), Channels("out")), "matrices of channels"),
    "a chain that does not meet": ("chain", "t3", to(chained=True), "the second matrix takes what the first makes"),
    "other channels added": ("ab", "t8", to(operands=("x", "t7")), "the same channels"),
    "other channels multiplied": (SETS, "t6", to(operands=("x0", "t5")), "the same channels"),
    "other channels for a kernel": (
        "C(5)",
        "t2",
        to(operands=("t1",), before=("",), after=""),
        "index t is of an operand",
    ),
    "a kernel of another length": ("C(5)", "t2", lambda one: kernel(one, 4), "the kernel is as long as axis t"),
    "a kernel of other channels": ("C(5)", "t2", lambda one: kernel(one, 5, RANK), "takes rank channels"),
    "a constant added to a product": ("Sp(2)", "t2", to(channels=()), "J2 has no channels"),
    "a constant with channels": ("Sp(2)", "t2", to(channels=("C", "D", "C")), "D names 0 channel axes"),
    "a constant on another axis": (
        "Sp(2)",
        "t2",
        to(legs=(Index("r", "a"), Index("s", "r"))),
        "index r of J2 is 2 long, and axis a is not",
    ),
    "a constant with legs missing": ("Sp(2)", "t2", to(legs=(Index("r", "r"),)), "index s of J2 has no axis"),
    "a constant with an index missing": ("Sp(2)", "J2", to(after="a"), "an index for each of 2 legs"),
    "a constant with an index twice": ("Sp(2)", "J2", to(after="aa"), "an index for each of 2 legs"),
    "a leg that there is not": ("Sp(2)", "t2", lambda one: leg(one, Index("z", "r")), "index z is of an operand"),
    "a leg of two axes": ("Sp(2)", "t2", lambda one: leg(one, Index("a", "r")), "of axis a in one place and of axis r"),
    "a constant that meets another axis": (
        "Sp(2)",
        "t2",
        to(before=("sra", "rs")),
        "of axis a in one place and of axis r",
    ),
    "an array of other channels": ("full", "t4", to(channels=("C", "DC", "D")), "has one length"),
    "an array that is not named": ("full", "t3", to(channels=()), "an array needs names"),
    "a vector product of what is not there": ("SO(3)", "t5", to(legs="rut"), "leg u is an index"),
    "a vector product along a set axis": ("SO(3)", "t5", to(legs="ast", before=("ar", "as")), "leg a is three long"),
    "a vector product that keeps a leg": ("SO(3)", "t5", to(after="art"), "has all other indices"),
    "a norm over fewer indices": ("normalised", "t6", lambda one: replace(one, over=one.over[:1]), "over every index"),
    "a centre that is not there": ("normalised", "t6", to(centred="abc"), "indices of the value"),
    "parts that are not equal": ("pooling", "t3", to(parts=2), "channels of 2 equal parts"),
    "a part that there is not": ("pooling", "t3", to(place=3), "part 3 is one of 3"),
    "channels first, taken as last": ("pooling", "t18", to(back=False), "t16 has its channels first"),
    "channels last, taken as first": ("pooling", "t10", to(first=True), "t8 has its channels last"),
    "channels first in a sum": ("pooling", "t17", to(first=True), "its result has its channels last"),
    "stacked values in another order": ("pooling", "t19", to(before=("ab", "ba", "ab")), "index b is of axis b"),
    "a new index that is not named": ("a->ab", "t3", to(new=()), "what is new is b, and is named"),
    "a spread index that is not new": ("a->ab", "t3", to(spread="a"), "what is spread is new"),
    "an index lost as it is placed": ("a->ab", "t3", to(after="bb"), "keeps its indices"),
    "a diagonal of length one": ("a->bb", "t7", to(spread=""), "has its full length on a diagonal"),
    "a sum of values without an index": ("ab", "t8", to(after="a"), "has the indices of both"),
    "a sum of values with an index twice": (
        "ab",
        "t8",
        to(operands=("t2", "t2"), before=("ab", "bb")),
        "bb has each index once",
    ),
    "a sum of values in another order": ("aa", "t21", to(before=("ab", "ba")), "the order of the sum"),
    "a mean over an index twice": ("ab", "x_a", to(before=("bb",), after=""), "bb has each index once"),
    "a norm along what is not there": (
        "normalised",
        "t6",
        lambda one: replace(one, over=(Index("a", "a", ("s", "a")), *one.over[1:])),
        "with sa in one operand",
    ),
    "a norm along the last alone": (
        "normalised",
        "t6",
        lambda one: replace(one, over=(Index("a", "a", ("b",)), *one.over[1:])),
        "the last of those its weights have",
    ),
    "a roll of nothing": ("rolled", "x_roll1", to(shifts=()), "moves axes of its operand, each once"),
    "a roll of an axis twice": ("rolled", "x_roll1", to(shifts=((0, 1), (0, 2))), "each once"),
    "a roll of an axis before the first": ("rolled", "x_roll1", to(shifts=((-1, 1),)), "each once"),
    "a term that another stands for": ("C(5)", "t2", to(term=2), "it is for a term that another stands for"),
    "a roll along a set axis": ("ab", "t2", lambda step: Roll(*places(step), shifts=((0, 1),)), "axis a goes around"),
    "a vector product of two legs": ("SO(3)", "t5", to(legs="rs"), "has three legs"),
    "a bias that is a matrix": (
        "ab",
        "t1",
        lambda one: replace(one, vector=replace(one.vector, shape=(RANK, RANK))),
        "a vector of channels",
    ),
    "a kernel without an axis": ("C(5)", "t2", lambda one: replace(one, around=()), "a kernel with 0 axes"),
    "a term that there is not": ("ab", "t2", to(term=77), "a term that is not among 5"),
    "a bias with an axis": ("ab", "t1", to(after="a"), "a bias has no axes"),
    "a parameter that is not listed": ("ab", "t2", lambda one: unlisted(one), "none of the plan's parameters"),
}


def places(step):
    return step.result, step.operands, step.before, step.after, step.term


def mean_of(step):
    return Reduce(*places(step), gone=(Index("r", "r"),))


def leg(step, index):
    return replace(step, legs=(*step.legs, index))


def uneven(step):
    first, *others = step.matrices
    return replace(step, matrices=(replace(first, shape=(first.shape[0], RANK)), *others))


def kernel(step, *shape):
    return replace(step, kernel=replace(step.kernel, shape=(*shape, *step.kernel.shape[len(shape) :])))


def unlisted(step):
    return replace(step, matrices=(replace(step.matrices[0], key="other"),))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plan_is_refused_with_the_place(name):
    source, result, change, problem = BROKEN[name]
    plan = PLANS[source]()
    check(plan)
    changed = {step.result: change(step) for step in plan.steps if step.result == result}[result]
    steps = tuple(changed if step.result == result else step for step in plan.steps)
    with pytest.raises(PlanError) as told:
        check(replace(plan, steps=steps))
    problem_line, step_line, cure = str(told.value).splitlines()
    assert problem_line.startswith(f"{changed.result}: ")
    assert step_line.startswith(f"  {changed.result} = {changed.op}")
    assert step_line.endswith(changed.spec)
    assert problem in problem_line + cure


def test_steps_in_another_order_are_refused():
    plan = PLANS["ab"]()
    with pytest.raises(PlanError, match=r"^t9: t8 is made by this step or after it"):
        check(replace(plan, steps=plan.steps[::-1]))


ENDS = {
    "no value": (SETS, {"value": "t777"}, "t777 is made by no step"),
    "other axes": ("ab", {"value": "t7"}, "t7 has the axes a, and the output has ab"),
    "other channels": ("ab", {"value": "x"}, "x has other channels than the output"),
    "an axis of length one": ("a->ab", {"full": True}, "t6 has an axis of length one"),
    "an output that there is not": ("ab", {"output": 7}, "an output or a term that there is not"),
    "a term that there is not": ("ab", {"term": 77}, "an output or a term that there is not"),
    "a term of another output": ("two", {"term": 0}, "is one of another output"),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_wrong_output_is_refused_with_the_value(name):
    source, fields, problem = ENDS[name]
    plan = PLANS[source]()
    addends = (*plan.addends[:-1], replace(plan.addends[-1], **fields))
    with pytest.raises(PlanError, match=problem) as told:
        check(replace(plan, addends=addends))
    assert f"added to output {addends[-1].output}" in str(told.value)


def test_axes_of_an_output_in_another_order_are_refused():
    plan = PLANS["ab"]()
    turned = Place("t99", ("t9",), (("a", "b"),), ("b", "a"), 0)
    addends = (replace(plan.addends[0], value="t99"),)
    with pytest.raises(PlanError, match="t99 has the axes ba, and the output has ab\n  t99 = place of t9, ab->ba"):
        check(replace(plan, steps=(*plan.steps, turned), addends=addends))


def test_what_is_left_over_or_missing_is_refused():
    plan = PLANS["ab"]()
    with pytest.raises(PlanError, match="nothing is added to the output ab"):
        check(replace(plan, addends=()))
    with pytest.raises(PlanError, match=r"no step uses mix\.idle"):
        check(replace(plan, parameters=(*plan.parameters, Parameter("mix", "idle", (RANK, RANK)))))
    with pytest.raises(PlanError, match="two parameters have one name"):
        check(replace(plan, parameters=(*plan.parameters, plan.parameters[0])))
    with pytest.raises(PlanError, match="give each a name of its own"):
        check(replace(plan, inputs=()))


def test_costs_refuse_a_broken_plan():
    plan = PLANS["ab"]()
    with pytest.raises(PlanError, match="t9: t8 is made by this step or after it"):
        symshare.costs(replace(plan, steps=plan.steps[::-1]))
