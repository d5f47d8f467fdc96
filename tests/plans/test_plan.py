import subprocess
import sys

import numpy as np
import pytest

import symshare
from symshare import SymshareError, derive
from symshare.plans.interpret import interpret
from tests.reference import CASES, layer_values, random_parameters

SIZES = {"a": 3, "b": 4, "c": 2}


@pytest.mark.parametrize(("text", "order", "options", "choices"), CASES)
def test_the_steps_compute_the_terms(text, order, options, choices):
    random = np.random.default_rng(0)
    plan = symshare.plan(derive(text, order, **options), kind="polynomial", **choices)
    channels = {f"in{n}": 2 + n for n in range(4)} | {f"out{n}": 3 + n for n in range(4)} | {"rank": 2}
    parameters = random_parameters(plan, channels, random)
    sizes = {**SIZES, **dict(plan.signature.sizes)}
    inputs = [
        random.normal(size=(5, *(sizes[letter] for letter in tensor.set_axes), 2 + number))
        for number, tensor in enumerate(plan.signature.inputs)
    ]
    found = interpret(plan, parameters, inputs, sizes=sizes)
    expected = layer_values(plan, parameters, inputs, sizes)
    for one, two in zip(found, expected, strict=True):
        assert one.shape == two.shape
        assert np.allclose(one, two, rtol=1e-12, atol=1e-12)


def test_steps_are_in_single_assignment_form():
    for text, order, options, choices in CASES:
        plan = symshare.plan(derive(text, order, **options), kind="polynomial", **choices)
        known = set(plan.inputs)
        for step in plan.steps:
            assert set(step.operands) <= known
            assert step.result not in known
            known.add(step.result)
        assert {addend.value for addend in plan.addends} <= known
        assert len({parameter.name for parameter in plan.parameters}) == len(plan.parameters)


def test_reductions_are_made_once():
    plan = symshare.plan(derive("aa", 1))
    reductions = [(step.operands, step.spec) for step in plan.steps if step.op in ("reduce", "diagonal")]
    assert len(reductions) == len(set(reductions)) == 5


def test_a_plan_prints_as_a_table():
    plan = symshare.plan(derive("abH", 1))
    lines = str(plan).splitlines()
    assert len(lines) == 2 + len(plan.steps) + 1
    assert lines[1].split() == ["result", "op", "operands", "axes", "parameters"]
    assert "\n" not in repr(plan)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"kind": "cubic"}, "kind='cubic' is not one of 'linear', 'polynomial'"),
        ({"reduce": "max"}, "reduce='max' is not one of"),
        ({"coefficients": "none"}, "coefficients='none' is not one of"),
    ],
)
def test_choices_that_do_not_exist_are_refused(options, problem):
    with pytest.raises(SymshareError, match=problem):
        symshare.plan(derive("ab", 1), **options)


def test_a_plan_needs_order_one_and_free_channels():
    with pytest.raises(SymshareError, match="no terms of order 1"):
        symshare.plan(derive("ab", 0))
    with pytest.raises(SymshareError, match="leave out the size of H"):
        symshare.plan(derive("aH", 1, sizes={"H": 2}))


def test_every_output_needs_a_term():
    from dataclasses import replace

    basis = derive("b->a,bd", 1)
    with pytest.raises(SymshareError, match="no term of order 1 or more for the output a"):
        symshare.plan(replace(basis, terms=tuple(term for term in basis if term.output == 1 or not term.order)))
    for wrong in (basis.terms[0], 5, None):
        with pytest.raises(SymshareError, match="made from a Basis, a PoolingSet or a symmetry, not from"):
            symshare.plan(wrong)
        with pytest.raises(SymshareError, match="made from a Basis, a PoolingSet or a symmetry, not from"):
            symshare.emit(wrong)


def test_a_long_product_is_contracted_without_a_large_intermediate():
    """SEEDS A4: `ab,dc,ae,ac,db->de` needs no intermediate of more than two indices."""
    basis = derive("ab", 5).only("ab,dc,ae,ac,db->de")
    plan = symshare.plan(basis)
    products = [step for step in plan.steps if step.op == "contract"]
    assert len(products) == 4
    assert max(len(step.after) for step in products) == 2


def test_plan_stays_the_verb():
    """`symshare.plan` is called before and after modules of plans are imported."""
    code = "import symshare; b = symshare.derive('a', 1); p = symshare.plan(b); import symshare.plans.steps; "
    code += "print(symshare.plan(b) == p, isinstance(p, symshare.plans.steps.Plan))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True True"


def test_a_layer_of_too_many_factors_is_refused_with_their_number():
    basis = symshare.derive("scH->cHc", 20, sizes={"c": 1, "s": 7})
    factors = sum(term.order for term in basis)
    with pytest.raises(
        symshare.TooLargeError, match=rf"{len(basis):,} terms of .* have {factors:,} factors, over the 15,000"
    ):
        symshare.plan(basis)
