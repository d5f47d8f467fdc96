import re

import pytest
from click.testing import CliRunner
from symshare_cli.main import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("derive -s r-> -k 1 --axis r=O(3)", "1 term to order 1"),
        ("derive -s r-> -k 1 --axis r=O(3)", "total: 1 free coefficient of 4"),
        ("derive -s s: -k 0 --ordered", "1 ordered term to order 0"),
        ("derive -s r->r -k 1 --axis r=O(3)", "1 term to order 1"),
        ("derive -s a -k 0 --max-terms 0", "has 1 term, over the limit of 0"),
        ("derive -s a -k 1 --max-terms 1", "ask for order 0 (1 term)"),
        ("pools -s s: -k 2", "order 2: 1 of 1 term\n"),
        ("pools -s , -k 1", "order 1: 4 of 4 terms\n"),
        ("plan -s rH --axis r=O(3) -k 1", "1 term, 1 step"),
        ("solve -s r->r --axis r=O(2) -k 1 --equations", " coefficients ("),
        ("solve -s s: -k 0", "1 free of 1 coefficient (1)"),
        ("explain ab->a -s ab", "'a' with 1 axis"),
        ("derive -s r -k 1 --axis r=Scale(1) --size r=2", "has 1 value,"),
        ("derive -s r->r -k 1 --axis r=SO(2)", "2 nonzeros"),
        ("derive -s r-> -k 1 --axis r=Scale(1,0)", "1 nonzero"),
    ],
)
def test_one_of_a_thing_is_written_in_the_singular(arguments, said):
    done = CliRunner().invoke(main, arguments.split(" "))
    assert said in done.output
    nouns = "terms|steps|coefficients|equations|axes|values|nonzeros|parameters|factors|entries"
    assert not re.search(rf"(?<![\w.,^=-])1 ([a-z]+ )?({nouns})\b", done.output)
