import io
import json
import re

import pytest
from rich.console import Console

import symshare
from symshare import NotationError, SymshareError, derive
from symshare.core.terms.words import words


def test_a_basis_iterates_and_counts():
    basis = derive("abH", 2)
    assert list(basis) == list(basis.terms)
    assert len(basis) == 22
    assert basis.counts == (1, 4, 17)
    assert [term.order for term in basis] == [0] + [1] * 4 + [2] * 17
    assert "\n" not in repr(basis)
    assert "counts=(1, 4, 17)" in repr(basis)


def test_json_face():
    basis = derive("ab", 2, depends=["a->b"], sizes={"a": 3}, certified=True)
    found = json.loads(basis.to_json())
    assert found["schema"] == 1
    assert found["signature"] == "ab"
    assert found["depends"] == ["a->b"]
    assert found["sizes"] == {"a": 3}
    assert found["order"] == 2
    assert found["counts"] == [1, 3, 9]
    assert [term["order"] for term in found["terms"]] == [0] + [1] * 3 + [2] * 9
    assert found["terms"][1]["einsum"] == "ab->ab"
    assert found["certificate"]["ok"] is True
    assert "certificate" not in json.loads(derive("ab", 1).to_json())


def test_html_has_no_script_and_escapes():
    text = derive("W:ab,v:b->W:ab", 1)._repr_html_()
    assert "<script" not in text
    assert "-&gt;" in text
    assert "->" not in re.sub(r"<[^>]*>", "", text)
    assert "class=" not in text


def test_html_of_a_long_basis_is_cut():
    text = derive("ab", 5)._repr_html_()
    assert "more</td>" in text
    assert text.count("<tr>") < 250


def test_rich_table_shows_every_term():
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(derive("aa", 1))
    shown = console.export_text()
    assert all(str(term) in shown for term in derive("aa", 1))


def test_latex_balances_and_has_a_line_a_term():
    basis = derive("aab,b->ab,a", 1)
    text = basis.latex()
    assert text.startswith(r"\begin{align*}")
    assert text.endswith(r"\end{align*}")
    assert text.count("{") == text.count("}")
    assert len(re.findall(r"c_\{\d+,\d+\}", text)) == len(basis)


def test_latex_of_the_worked_example():
    """SEEDS A1: y = a + b sum x + c sum x^2 + d (sum x)^2."""
    assert derive("a->", 2).latex().splitlines()[1:-1] == [
        r"y ={}& c_{0,1} \\",
        r"&+ c_{1,1} \sum_{a} x_{a} \\",
        r"&+ c_{2,1} \sum_{a} x_{a} x_{a} \\",
        r"&+ c_{2,2} \sum_{ab} x_{a} x_{b} \\",
    ]


@pytest.mark.parametrize(
    ("text", "einsum", "expected"),
    [
        ("ab", "->ab", "a constant everywhere"),
        ("aa", "->aa", "a constant on the diagonal"),
        ("a->", "->", "a constant"),
        ("aab", "->aac", "a constant on the diagonal of axes 1, 2"),
        ("ab", "ab->ab", "the input itself"),
        ("ab", "ab->cb", "summed over a, repeated along c"),
        ("aa", "ab->ba", "transposed"),
        ("aa", "aa->aa", "the diagonal, on the diagonal"),
        ("aaa->aaa", "abc->cab", "axes exchanged"),
        ("W:ab,v:b->W:ab", "b->ab", "v: the input itself, repeated along a"),
        ("ab", "ab,ab->ab", ""),
    ],
)
def test_words(text, einsum, expected):
    assert words(symshare.Term.from_einsum(symshare.signature(text), einsum)) == expected


@pytest.mark.parametrize(
    ("text", "axes", "sizes", "einsum", "expected"),
    [
        ("t", {"t": "C(3)"}, {}, "t->t", "the input itself"),
        ("t", {"t": "C(3)"}, {}, "t->t+2", "the input, shifted along t by 2"),
        ("t->tt", {"t": "C(3)"}, {}, "->tt+1", "a constant on the diagonal, shifted along t by 1"),
        ("tt->", {"t": "C(3)"}, {}, "tt+2->", "the diagonal, summed over t, shifted along t by 2"),
        ("tb->bt", {"t": "C(3)"}, {}, "tb->ct+1", "summed over b, repeated along c, shifted along t by 1"),
        (
            "tH",
            {"t": "C(3)"},
            {"H": 2},
            "t0->t+1(1)",
            "the input, shifted along t by 1, read at H = 0, written at H = 1",
        ),
        ("tH", {"t": "C(3)"}, {"H": 2}, "->t1", "a constant everywhere, written at H = 1"),
        ("rrH->", {"r": "O(2)"}, {"H": 2}, "rr1->", "the diagonal, summed over r, read at H = 1"),
        (
            "rrH->",
            {"r": "SO(2)"},
            {"H": 2},
            "rs1,[rs]->",
            "with e2: Levi-Civita symbol, 2 x 2, 2 nonzeros, read at H = 1",
        ),
        ("a,->a", {}, {}, "()->a", "input 2 (a scalar): the input itself, repeated along a"),
        ("a,->a", {}, {}, "a,->b", "input 1 (a), input 2 (a scalar)"),
        ("a,s:->a", {}, {}, "()->a", "s: the input itself, repeated along a"),
    ],
)
def test_words_of_offsets_values_picked_and_scalars(text, axes, sizes, einsum, expected):
    listed = derive(text, einsum.partition("->")[0].count(",") + 1, axes=axes, sizes=sizes)
    assert {words(term) for term in listed if str(term) == einsum} == {expected}


def test_only_keeps_named_terms_and_all_of_order_one():
    basis = derive("abH", 3)
    kept = basis.only("ab,cb,cd->ad", "abH,abH->abH")
    assert [str(term) for term in kept if term.order > 1] == ["abH,abH->abH", "abH,cbH,cdH->adH"]
    assert kept.counts == (1, 4, 1, 1)
    with pytest.raises(SymshareError, match="it has order 2: derive to that order"):
        derive("ab", 1).only("ab,ab->ab")
    with pytest.raises(SymshareError, match="orders 0 and 1 always stay"):
        basis.only("ab->ac")
    with pytest.raises(NotationError):
        basis.only("ab,ba->ab")


def test_only_takes_every_name_that_a_basis_prints():
    for basis in (
        derive("aH", 2, sizes={"H": 2}),
        derive("aH,ab->aH", 2),
        derive("ab", 2, ordered=True),
        derive("aHb->bH", 2),
    ):
        for term in basis.of_order(2):
            assert basis.only(str(term)).of_order(2) == (term,)


def test_only_says_where_a_name_is_not_enough():
    with pytest.raises(SymshareError, match="names 3 terms"):
        derive("W:a,V:a->W:a", 2).only("a,a->a")
    with pytest.raises(SymshareError, match="names 2 terms"):
        derive("a,b->a,b", 2).only("a,b->c")
    assert str(derive("a,b->a,b", 2).only("a,a->a").of_order(2)[0]) == "a,a->a"
    for wrong in (None, 3):
        with pytest.raises(NotationError, match="is not a text"):
            derive("ab", 2).only(wrong)


def test_latex_of_picked_latent_values():
    """Each value of a latent axis of fixed size has a left-hand side of its own."""
    lines = derive("aH", 1, sizes={"H": 2}).latex().splitlines()
    assert [line.split(" ={}&")[0] for line in lines if "={}" in line] == ["y_{a[0]}", "y_{a[1]}"]
    assert sum("x_{a[0]}" in line for line in lines) == 2


def test_latex_sums_over_the_letter_of_the_axis():
    assert r"\sum_{b} x^{(2)}_{b}" in derive("a,b->c", 1).latex()


def test_latex_does_not_run_out_of_letters():
    text = "a" * 60
    assert "o_{" in derive(text + "->" + text, 0, sizes={"a": 1}).latex()


def test_words_of_picked_values_and_of_repeated_letters():
    one = symshare.signature("aH", sizes={"H": 2})
    assert words(symshare.Term.from_einsum(one, "a0->a1")) == "the input itself, read at H = 0, written at H = 1"
    joint = symshare.signature("aa")
    assert words(symshare.Term.from_einsum(joint, "ab->ac")) == "summed over b, repeated along c (axis 2)"
    assert words(symshare.Term.from_einsum(joint, "ab->ca")) == "summed over b, repeated along c (axis 1)"
