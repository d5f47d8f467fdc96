import pytest

from tests.golden.rewrite import FOLDER, golden


@pytest.mark.parametrize("name", sorted(golden()))
def test_a_golden_file_is_what_is_written_today(name):
    """After a change that is meant, `make golden` rewrites the files; look at the difference before you commit it."""
    assert (FOLDER / name).read_text(encoding="utf-8") == golden()[name]


def test_no_golden_file_is_left_over():
    assert {path.name for path in FOLDER.iterdir()} == set(golden())
