"""The catalogue: every experiment is found, and offers what the harness asks of it."""

import importlib
import inspect

import pytest

from symshare.experiments.catalogue import CATALOGUE, entry
from symshare.experiments.harness.jobs import Experiment


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_experiment_has_what_the_protocol_asks(name):
    module = importlib.import_module(entry(name).module)
    wanted = {verb: function for verb, function in vars(Experiment).items() if isinstance(function, staticmethod)}
    assert set(wanted) == {"jobs", "report", "plot"}
    for verb, function in wanted.items():
        asked, offered = inspect.signature(function), inspect.signature(getattr(module, verb))
        assert list(offered.parameters) == list(asked.parameters), f"{name}: {verb}"
