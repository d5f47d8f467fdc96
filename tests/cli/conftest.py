"""What the tests of the command share."""

import pytest
from symshare_cli import isolation

from tests.started import Popen, own


@pytest.fixture
def copied(monkeypatch):
    """Files of people's own run in processes that are copies of one with torch in it, not in such as load it each."""
    monkeypatch.setattr(isolation, "subprocess", own(Popen))
