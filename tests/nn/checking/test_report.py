"""How a report shows itself: in a line, as a table of sixty columns, as HTML, as JSON."""

import dataclasses
import html.parser
import json

import pytest

import symshare
from symshare.nn.checking.report import Fault, Report, Row

ONE = symshare.signature("abH->aH", depends=["a->b"])
ROWS = (
    Row("a: (0 1)", "a", 1e-16, 1e-10, 1),
    Row("b: " + "(" + " ".join(map(str, range(200))) + ")", "b", 0.25, 1e-10, 2),
    Row("b: random", "b", float("nan"), 1e-10, 1),
    Row("entries of a batch as alone", "", 0.0, 1e-10, 2),
)
FAULT = Fault(
    *("layers.<3>.attend", "Multi<head>", "first", "second", "softmax", "bias", "net.py line 3", "x = x & y < 3", "why")
)
REPORT = Report(
    *("Net<script>alert(1)</script>", ONE, ROWS, ("as given: a = 7, b = 5", "b" * 100), 1e-10, FAULT),
    notes=("a note of many words " * 8, "\x1b[31m red"),
    facts=(("terms", 1), ("parameters", 2000), ("channels", [1, 2])),
)


class Tags(html.parser.HTMLParser):
    """What stands between the tags of a text, and which tags there are."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"style"}

    def handle_data(self, data):
        self.texts.append(data)


def test_a_short_repr():
    assert len(repr(REPORT)) < 100
    assert repr(REPORT).startswith("Report(Net<script>alert(1)</script>, abH->aH (a->b), BREAKS under b")
    assert "\n" not in repr(REPORT)


def test_the_table_has_a_row_each_and_fits_sixty_columns():
    lines = str(REPORT).splitlines()
    assert max(map(len, lines)) <= 60
    assert all(line.isprintable() for line in lines)
    assert sum(line.endswith(" ok") for line in lines) == 2
    assert sum(line.endswith(" BREAKS") for line in lines) == 2
    text = " ".join(line.strip() for line in lines)
    assert text.startswith("Net<script>alert(1)</script>: abH->aH (a->b), 1 term, 2,000 parameters, BREAKS under b")
    for said in ("begins in layers.<3>.attend (Multi<head>), after first and before second", "by softmax with bias"):
        assert said in text
    assert r"\x1b[31m red" in text


def test_html_is_escaped():
    tags = Tags()
    tags.feed(REPORT._repr_html_())
    assert tags.tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "code", "div", "span"}
    text = "".join(tags.texts)
    assert "<script>alert(1)</script>" in text
    assert "x = x & y < 3" in text
    assert "\x1b" not in text


def test_json_has_no_nan_and_all_that_is_known():
    found = json.loads(REPORT.to_json(), parse_constant=lambda name: pytest.fail(name))
    assert found["ok"] is False
    assert found["errors"] == {"a": 1e-16, "b": None}
    assert found["depends"] == ["a->b"]
    assert found["terms"] == 1
    assert found["fault"]["operation"] == "softmax"
    assert [row["ok"] for row in found["rows"]] == [True, False, False, True]
    assert json.loads(dataclasses.replace(REPORT, fault=None).to_json())["fault"] is None


def test_it_cannot_be_changed():
    for one, name in ((REPORT, "rows"), (ROWS[0], "error"), (FAULT, "module")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, ())
        assert not hasattr(one, "__dict__")


def test_it_holds_where_every_row_does():
    assert dataclasses.replace(REPORT, rows=ROWS[:1]).ok
    assert dataclasses.replace(REPORT, rows=ROWS[:1]).verdict == "holds"
    assert not dataclasses.replace(REPORT, rows=ROWS[:1], deterministic=False).ok
    assert not REPORT.ok
    nothing = dataclasses.replace(REPORT, rows=())
    assert nothing.ok
    assert "nothing to try" in str(nothing)


def test_a_fault_whose_place_is_not_known_says_why():
    fault = Fault(known=False, words="it is written in another language")
    text = " ".join(str(dataclasses.replace(REPORT, fault=fault)).split())
    assert "where it begins cannot be told: it is written in another language" in text
