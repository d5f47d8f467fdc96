import io
import json
import re

import pytest
from rich.console import Console

from symshare import NotationError, SymshareError, derive


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
