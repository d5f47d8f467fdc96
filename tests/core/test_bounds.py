"""What would not end is not begun: time and memory grow with the length of what is asked, or it is refused."""

import json

import pytest

from tests.limited import limited, within_bounds

LONG = 400_000
CYCLES = {
    "empty cycles": "( ) " * (LONG // 4) + "x",
    "spaces in a cycle": "(" + " " * LONG + "x)",
    "spaces before": " " * LONG + "x",
    "spaces after a value": "(0" + " " * LONG + "x)",
    "commas": "(0" + ", " * (LONG // 2) + "x)",
    "values": "(" + "0 " * (LONG // 2) + "x)",
    "digits": "(" + "1" * LONG + ")",
    "open brackets": "(" * LONG,
    "nothing in cycles": "()" * (LONG // 2),
}


def read(folder, name, text):
    """The first line of the error that a file of generators gives, read under a limit."""
    (folder / name).write_text(text)
    done = limited(["count", "-s", "t", "-k", "0", "--generators", name], folder)
    assert within_bounds(done), done
    assert "Traceback" not in done.err
    return done


@pytest.mark.parametrize("text", CYCLES.values(), ids=CYCLES)
def test_cycles_are_read_in_time_that_grows_with_their_length(tmp_path, text):
    done = read(tmp_path, "group.json", json.dumps({"generator": [{"t": text}], "sizes": {"t": 2}}))
    if text.startswith("()"):
        assert done.code == 0
    else:
        assert done.code == 2
        assert "is not written in cycles" in done.err


@pytest.mark.parametrize("text", ["a." * 100_000 + "b = 1", "[" + "a." * 100_000 + "b]", "'a.' . " * 100_000 + "b = 1"])
def test_keys_of_many_parts_are_refused_unread(tmp_path, text):
    done = read(tmp_path, "group.toml", text)
    assert done.code == 2
    assert "over 8 parts" in done.err


def test_text_with_many_dots_is_no_key(tmp_path):
    done = read(tmp_path, "group.toml", f'# {". " * 50}\nname = "{"..." * 50}"\n[[generator]]\nt = [1, 0]\n')
    assert done.code == 0
