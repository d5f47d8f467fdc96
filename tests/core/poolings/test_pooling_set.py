"""A set of poolings: what is chosen from it, what it counts, and the faces it shows."""

import io
import json

import pytest
from rich.console import Console

from symshare import NotationError, SymshareError, pools


def test_json_has_what_a_program_reads():
    found = pools("abH", 3).to_dict()
    assert (found["signature"], found["complete_to"], found["rule"]) == ("abH", 3, "irreducible")
    assert found["order_one"] == ["abH->abH", "abH->cbH", "abH->acH"]
    assert [(one["order"], one["einsum"]) for one in found["poolings"]] == [
        (2, "abH,abH->abH"),
        (3, "abH,cbH,cdH->adH"),
    ]
    assert found["poolings"][1]["cost"] == {
        "order": "O(a b c)",
        "flops": "4 a^2 b",
        "largest_intermediate": "a c",
        "path": ["ab,cb->ac", "cd,ac->ad"],
    }


def test_counts_and_lists_go_by_order():
    found = pools("ab", 5)
    assert found.counts == (3, 1, 1, 0, 2) == tuple(len(found.of_order(order)) for order in range(1, 6))
    assert list(found) == [*found.order_one, *found.poolings]
    assert len(found) == 7
    assert [term.order for term in found] == sorted(term.order for term in found)
    assert repr(found) == "PoolingSet('ab', complete_to=5, counts=(3, 1, 1, 0, 2))"
    assert repr(pools("ab", 1, depends=["a->b"])).startswith("PoolingSet('ab', depends=['a->b'], complete_to=1")
    assert repr(pools("a", 1, rule="none")).endswith("rule='none')")


@pytest.mark.parametrize(
    ("texts", "counts"),
    [
        (["ab->ab"], (1,)),
        (["ab,cb,cd->ad", "ab->cb", "ab,ab->ab"], (1, 1, 1)),
        (["abH,cbH,cdH,ceH->aeH"], (0, 0, 0, 1)),  # also what the set lacks
        (["ab,cb->ab", "ac,dc->ac", "cb,ab->ab"], (0, 1)),  # one term, written three times
        ([], (0,)),
    ],
)
def test_only_keeps_what_is_named_by_order(texts, counts):
    found = pools("abH", 2).only(*texts)
    assert (found.counts, found.rule, found.complete_to) == (counts, "chosen", len(counts))
    assert all(str(term).count("H") == term.order + 1 for term in found)
    assert [term.order for term in found] == sorted(term.order for term in found)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("->ab", SymshareError, "'->ab' is a constant\n  a pooling has one factor or more"),
        ("ab->ba", NotationError, "an index runs over one axis: use another name"),
        ("abc->ab", NotationError, "the signature has 'ab'"),
        ("nonsense", NotationError, "write a term as 'ab,cb->ac'"),
    ],
)
def test_names_that_are_no_poolings_are_refused(text, kind, said):
    with pytest.raises(kind, match=said):
        pools("ab", 2).only(text)


def test_costs_are_compared_at_the_sizes_given():
    """(ab, cb) first keeps a c, (cb, cd) first b d: the shorter one is held."""
    for sizes, held in [({"a": 2, "b": 90}, "a c"), ({"a": 90, "b": 2}, "b d")]:
        found = pools("ab", 3, sizes=sizes)
        assert found.cost(found.of_order(3)[0]).to_dict()["largest_intermediate"] == held
        described = found.to_dict()["poolings"][1]["cost"]
        assert (
            described["flops_at_sizes"] == 4 * 2 * 2 * 90
        )  # two products, 2 * 2 * 90 multiplications and additions each
    assert "flops_at_sizes" not in pools("ab", 3).to_dict()["poolings"][1]["cost"]


def test_json_table_and_html_show_every_pooling():
    found = pools("ab", 5)
    assert json.loads(found.to_json()) == json.loads(json.dumps(found.to_dict()))
    assert all("reason" in one for one in found.to_dict()["poolings"])
    assert not any("reason" in one for one in pools("ab", 2, rule="none").to_dict()["poolings"])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(found)
    shown, page = console.export_text(), found._repr_html_()
    for term in found:
        assert str(term) in shown
        assert str(term).replace(">", "&gt;") in page


def test_html_of_a_long_set_is_cut():
    every = pools("ab", 4, rule="none")
    page = every._repr_html_()
    assert page.count("<tr>") == 1 + 200 + 1
    assert f".. {len(every) - 200} more" in page
