"""Exchanges of equal factors without listing them all."""

import json
from itertools import permutations, product
from random import Random

import pytest

from symshare import D, certify, count, derive
from symshare.core.bases.under_groups import terms_under_groups
from symshare.core.groups.files import generators_from
from symshare.core.notation.reading import signature
from symshare.core.terms.constant import levi_civita, made
from symshare.core.terms.exchanges import Orbits, _least_image, exchanges, numbered
from tests.limited import limited, within_bounds

S3 = {"generator": [{"r": [[-1, 1], [-1, 0]]}, {"r": [[0, 1], [1, 0]]}]}


def closed(generators, size):
    """All permutations that some generate, by multiplying on."""
    found = {tuple(range(size))}
    while True:
        more = {tuple(one[index] for index in other) for one in generators for other in found} - found
        if not more:
            return found
        found |= more


@pytest.mark.parametrize("seed", range(20))
def test_the_least_image_of_a_list_is_that_of_the_whole_group(seed):
    random = Random(seed)
    size = random.randint(2, 6)
    generators = [tuple(random.sample(range(size), size)) for _ in range(random.randint(1, 2))]
    legs = random.sample(range(size), random.randint(1, size))
    least = min([one[leg] for leg in legs] for one in closed(generators, size))
    assert _least_image(legs, generators) == least


def random_term(seed):
    """A product of equal factors `ars`, a permuted, with a tensor on all r and sometimes another on the s."""
    random = Random(seed)
    one = signature("ars->ar", axes={"r": D(3), "s": "SO(3)"})
    inner = [
        (("a", random.randint(0, 2)), ("r", at), ("s", random.randint(0, 1))) for at in range(random.choice([3, 4]))
    ]
    legs = [("r", at) for at in [9, *random.sample(range(len(inner)), len(inner))]]
    tensor = made("T1", "any", (3,) * len(legs), {tuple(range(2)) * 2 + (0,) * (len(legs) - 4): 1})
    constants = [(tensor, legs)]
    if len(inner) == 3 and random.random() < 0.5:
        inner = [(a, r, ("s", at)) for at, (a, r, _) in enumerate(inner)]
        constants.append((levi_civita(3), [("s", at) for at in range(3)]))
    return numbered(one, 0, [(0, ())] * len(inner), inner, (("a", 0), ("r", 9)), constants)


@pytest.mark.parametrize("seed", range(40))
def test_the_least_of_all_exchanges_is_found_without_listing_them(seed):
    term = random_term(seed)
    listed = exchanges(term)
    orbits = Orbits()
    found = {orbits.least(one)[0] for one in listed}
    assert len(found) == 1
    assert found <= set(listed)
    if all(one.name == "T1" for one, _ in term.constants):
        assert found == {min(listed, key=lambda one: one.sort_key)}


def test_exchanges_are_all_orders_of_the_factors():
    one = signature("ab->", sizes={"a": 4, "b": 4})
    term = numbered(one, 0, [(0, ())] * 3, (("a", "b"), ("c", "b"), ("a", "d")), (), [])
    every = {
        numbered(one, 0, [(0, ())] * 3, [term.factor_indices[at] for at in order], (), [])
        for order in permutations(range(3))
    }
    assert set(exchanges(term)) == every


def monomials(degree, *weights):
    """How many monomials in variables of these degrees there are, of one degree."""
    return sum(
        sum(weight * power for weight, power in zip(weights, powers, strict=True)) == degree
        for powers in product(range(degree + 1), repeat=len(weights))
    )


def test_invariants_of_many_equal_factors_in_time(tmp_path):
    """S3 as a reflection group on the plane: polynomials in invariants of degrees 2 and 3 (Chevalley 1955)."""
    (tmp_path / "s3.json").write_text(json.dumps(S3))
    done = limited(["derive", "-s", "r->", "-k", "14", "--generators", "s3.json", "--certify", "--json"], tmp_path)
    assert within_bounds(done), done
    assert done.code == 0, done.err
    assert done.seconds <= 10
    found = json.loads(done.out)
    assert found["counts"] == [monomials(degree, 2, 3) for degree in range(15)]
    assert found["certificate"]["ok"]


@pytest.mark.parametrize("number", [3, 5])
def test_invariants_of_turns_in_many_equal_factors(number):
    """|z|^2, and the real and imaginary part of z^n, whose squares add up to a power of the first."""
    basis = derive("r->", 12, axes={"r": f"PlaneC({number})"})
    expected = [
        monomials(degree, 2, number) + (monomials(degree - number, 2, number) if degree >= number else 0)
        for degree in range(13)
    ]
    assert list(basis.counts) == expected
    reflected = derive("r->", 12, axes={"r": f"PlaneD({number})"})
    assert list(reflected.counts) == [monomials(degree, 2, number) for degree in range(13)]


@pytest.mark.parametrize(
    ("text", "order", "axes"),
    [
        ("r->r", 10, generators_from(S3)),
        ("rr->r", 6, generators_from(S3)),
        ("r,r->r", 8, generators_from(S3)),
        ("r->r", 11, {"r": "PlaneC(4)"}),
        ("rr->r", 6, {"r": "PlaneD(3)"}),
        ("r,rr->r", 6, {"r": "PlaneC(3)"}),
        ("r->r", 7, {"r": "SU(2)"}),
        ("r->r", 5, {"r": "SU(3)"}),
        ("r->", 8, {"r": "Cube"}),
        ("r->r", 7, {"r": "D(5)"}),
        ("ar->", 7, generators_from(S3)),
        ("arH->", 4, generators_from(S3)),
        ("rH->H", 7, generators_from(S3)),
        ("rH->rH", 6, generators_from(S3)),
    ],
)
def test_long_products_are_complete(text, order, axes):
    basis = derive(text, order, axes=axes)
    certificate = certify(basis)
    assert certificate.ok, str(certificate)
    if "H" not in text:
        assert list(basis.counts) == [count(text, degree, axes=axes) for degree in range(order + 1)]


def test_tensors_on_one_arrangement_span_those_on_all(monkeypatch):
    """The shortcut for many diagrams gives as many terms as trying every arrangement."""
    one = signature("ar->a", axes=generators_from(S3))
    every, _ = terms_under_groups(one, 4)
    monkeypatch.setattr("symshare.core.bases.candidates.MOST_TRIED", 0)
    few, _ = terms_under_groups(one, 4)
    assert len(few) == len(every) == count(one, 4)
