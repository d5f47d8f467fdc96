"""The notebooks run from their start, and what they keep as output is what they print."""

import sys
from pathlib import Path

import matplotlib
import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
sys.path.insert(0, str(FOLDER))

from execute import execute  # noqa: E402
from summary import MARKS, README, records, table  # noqa: E402

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def texts(notebook):
    """What each cell printed or returned as text; pictures and memory addresses are left out."""
    return [
        "".join(
            output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])
        )
        for cell in notebook.cells
        if cell.cell_type == "code" and "errors" not in cell.source and "plot" not in cell.source
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_runs_and_keeps_its_outputs(path, monkeypatch, tmp_path):
    """It needs nothing that is not in the checkout: no published data at hand, none to be downloaded."""
    monkeypatch.delenv("SYMSHARE_DATA", raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", matplotlib.get_cachedir())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for scheme in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(scheme, "http://127.0.0.1:9")
    kept = nbformat.read(path, as_version=4)
    assert any(cell.get("outputs") for cell in kept.cells)
    assert texts(execute(path)) == texts(kept)


def test_there_is_a_notebook():
    assert NOTEBOOKS


def test_the_readme_has_the_numbers_of_the_records():
    _, _, rest = README.read_text(encoding="utf-8").partition(MARKS[0])
    assert rest.partition(MARKS[1])[0].strip() == table(records()).strip()
    wanted = [
        "pinv",
        "kinship",
        "arc",
        "sudoku",
        "spectrum",
        "cycles",
        "sharing",
        "comparators",
        "nbody",
        "emlp",
        "points",
        "zoo",
        "siren",
        "edit",
        "tickets",
    ]
    assert [record["experiment"] for record in records()] == wanted
