"""`symshare.nn.check` of modules that symshare did not write: right ones pass, and of broken ones the fault is named."""

import json

import pytest
import torch

from symshare.nn import assert_equivariant, check
from tests.nn.checking.broken import BROKEN
from tests.nn.checking.right import RIGHT


def checked(case, **options):
    torch.manual_seed(0)
    return check(case.make(), case.symmetry, *case.drawn, **case.options | options)


@pytest.mark.parametrize("name", BROKEN)
def test_a_planted_fault_is_found_and_named(name):
    case = BROKEN[name]
    report = checked(case)
    assert not report.ok
    assert report.fault.known
    assert report.fault.module == case.module
    assert case.word in "\n".join(report.fault.lines())
    assert max(report.errors.values()) > 1e-7


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_module_holds(name):
    report = checked(RIGHT[name])
    assert report.ok, str(report)
    assert report.fault is None
    one = report.signature
    assert sorted("".join(report.errors)) == sorted({*one.set_axes, *"".join(report.errors)})
    assert max(report.errors.values()) < 1e-12


@pytest.mark.parametrize("name", [*BROKEN, *RIGHT])
def test_a_report_fits_sixty_columns_and_is_json(name):
    report = checked((BROKEN | RIGHT)[name])
    lines = str(report).splitlines()
    assert max(map(len, lines)) <= 60
    assert all(line.isprintable() for line in lines)
    assert json.loads(report.to_json())["ok"] == report.ok


def test_tests_of_others_get_the_table():
    assert_equivariant(torch.nn.Linear(3, 4), "aH->aH", torch.randn(5, 3))
    with pytest.raises(AssertionError, match="Linear: a->a, BREAKS under a") as caught:
        assert_equivariant(torch.nn.Linear(5, 5), "a->a", torch.randn(5))
    assert "begins in Linear itself" in str(caught.value)
