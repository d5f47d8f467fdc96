"""Files of layers below latent axes: as long for twelve blocks as for two, and hardly longer than for one."""

import re
import subprocess
import sys

import pytest

import symshare
from symshare import count, derive, signature
from tests import zoo

BLOCK = "Q:hkd,K:hkd,V:hvd,O:dhv"
STACKED = "Q:Lhkd,K:Lhkd,V:Lhvd,O:dLhv"
WITHIN = ["h->k", "h->v"]


def stack(text, number, depends=()):
    return signature(text, depends=["L->h", *depends], sizes={"L": number}).stacked()


def shorn(text):
    """A file's text without numbers and line breaks: more digits may break a line."""
    return re.sub(r"\s+|,(?=\s*[)\]])", "", re.sub(r"\d+", "#", text))


def test_an_attention_block_has_4_and_80_terms():
    """To the same four outputs; with its blocks stacked each becomes one form, with weights for each L or for each pair."""
    assert [count(BLOCK, order, depends=WITHIN) for order in (0, 1)] == [4, 80]
    for number in (2, 12):
        assert derive(stack(STACKED, number, WITHIN), 1).counts == (4, 80)
        shared, summed = 8 * 4 + 8 * 2, 8 * 2 + 8 * 2  # of pairs with k or v in both, and of the others
        one = signature(STACKED, depends=["L->h", *WITHIN], sizes={"L": number})
        assert count(one, 1) == shared * number + summed * number**2


def test_stacked_blocks_take_no_more_than_thirty_lines_more_than_one():
    block = symshare.emit(derive(BLOCK, 1, depends=WITHIN)).count("\n")
    two, twelve = (symshare.emit(derive(stack(STACKED, number, WITHIN), 1)) for number in (2, 12))
    assert two.count("\n") == twelve.count("\n") <= block + 30
    assert shorn(two) == shorn(twelve)


@pytest.mark.parametrize("options", [{}, {"coefficients": "full"}, {"kind": "linear"}], ids=str)
@pytest.mark.parametrize("text", ["LhH", "Lhd,d->dLh", "LhH,H->LH"])
def test_files_do_not_grow_with_the_number_of_values(text, options):
    order = 1 if options.get("kind") == "linear" else 2
    small, large = (symshare.emit(derive(stack(text, number), order), **options) for number in (2, 123))
    assert shorn(small) == shorn(large)


def test_files_need_no_formatter(tmp_path):
    for place, (text, depends, sizes, order) in enumerate(zoo.STACKED):
        if not order or not zoo.has_free_channels(depends, sizes):
            continue
        latent = zoo.latent_sizes(sizes)
        one = signature(text, depends=depends, sizes=latent).stacked()
        for name, options in (("rank", {}), ("full", {"coefficients": "full", "reduce": "sum"})):
            made = symshare.emit(derive(one, order), **options)
            (tmp_path / f"layer{place}{name}.py").write_text(made)
    (tmp_path / "attention.py").write_text(symshare.emit(derive(stack(STACKED, 12, WITHIN), 1)))
    for command in (("format", "--check"), ("check",)):
        arguments = [sys.executable, "-m", "ruff", command[0], "--isolated", *command[1:], str(tmp_path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
