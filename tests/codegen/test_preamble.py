"""What a file says of itself: whether it has all terms, and the command that makes it, without deriving anything again."""

import shlex
from dataclasses import replace

import pytest

import symshare
from symshare.codegen import preamble
from symshare.core.bases import under_groups
from symshare.core.counting import burnside

CASES = [
    ("abH", 2, {}),
    ("aH->H", 3, {"sizes": {"a": 4}}),
    ("ab", 2, {"depends": ["a->b"]}),
    ("arH", 2, {"axes": {"r": "SO(3)"}}),
    ("ar->ar", 2, {"axes": {"r": "SO(3)"}}),
    ("tH->tH", 2, {"axes": {"t": "D(4)"}}),
    ("uH->uH", 1, {"axes": {"u": "SU(2)"}}),
]


@pytest.fixture
def underived(monkeypatch):
    """Neither lists nor counts terms: whoever asks fails."""

    def asked(*given, **named):
        raise AssertionError("terms are derived or counted again")

    monkeypatch.setattr(preamble, "count", asked)
    monkeypatch.setattr(under_groups, "terms_under_groups", asked)
    monkeypatch.setattr(burnside, "count", asked)


@pytest.mark.parametrize(("text", "order", "options"), CASES)
def test_emitting_derives_nothing_again(text, order, options, request):
    basis = symshare.derive(text, order, **options)
    term = str(basis.of_order(order)[0])
    request.getfixturevalue("underived")
    whole = symshare.emit(basis)
    assert ("All equivariant terms" in whole) or order == 0
    assert "--only" not in whole
    if order > 1:
        part = symshare.emit(basis.only(term))
        assert "Chosen equivariant terms" in part or len(basis.of_order(order)) == 1


@pytest.mark.parametrize(("text", "order", "options"), CASES)
def test_a_basis_put_together_by_hand_is_counted(text, order, options):
    basis = symshare.derive(text, order, **options)
    assert symshare.emit(replace(basis, totals=None)) == symshare.emit(basis)
    less = replace(basis, terms=basis.terms[:-1])
    assert ("Chosen" in symshare.emit(less)) == ("Chosen" in symshare.emit(replace(less, totals=None)))


@pytest.mark.parametrize("order", [2, 3])
def test_the_command_in_a_file_makes_it_again(order, tmp_path):
    from click.testing import CliRunner
    from symshare_cli.main import main

    basis = symshare.derive("arH", order, axes={"r": "SO(3)"})
    for one in (basis, basis.only(str(basis.of_order(order)[0]))):
        source = symshare.emit(one)
        (made,) = (line.strip() for line in source.splitlines() if line.strip().startswith("symshare emit"))
        done = CliRunner().invoke(main, [*shlex.split(made)[1:], "-o", str(tmp_path / f"{len(source)}.py")])
        assert done.exit_code == 0, done.output
        assert (tmp_path / f"{len(source)}.py").read_text() == source
