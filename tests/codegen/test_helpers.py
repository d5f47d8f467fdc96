"""Which functions a file brings along: those whose names its lines use, in code."""

import pytest

from symshare.codegen.helpers import helpers


def names(lines):
    return [line.split("(")[0].removeprefix("def ") for line in helpers(lines) if line.startswith("def ")]


@pytest.mark.parametrize(
    ("lines", "brought"),
    [
        # `_weigh_sum(` ends in `_sum(`
        (["y = _weigh_sum(x, 'aC', w_a, 'a')"], ["_wide", "_placed", "_weigh_sum"]),
        (['y = "_rows(self.mix)"'], []),
        (["y = x  # _rows(self.mix)"], []),
        (["y = self._rows(x)"], []),
        (["y = map(_wide, xs)"], ["_wide"]),
    ],
)
def test_a_name_counts_where_it_is_used(lines, brought):
    assert names(lines) == brought
