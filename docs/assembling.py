"""Gather what the site is made from, and let Sphinx build it; `make docs`.

Beside the pages these are the notebooks, the records of the experiments, and what the code says of itself.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
sys.path.insert(0, str(FOLDER))

import pictures  # noqa: E402
import records  # noqa: E402
import reference  # noqa: E402

from symshare.show.cheatsheet import as_markdown  # noqa: E402

BESIDE = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "benchmarks/RESULTS.md": "project/benchmarks.md",
    "benchmarks/layers.png": "project/layers.png",
}
"""Files of the repository that are pages of the site, and where."""


def assemble(out: Path, *, drawn: bool = True) -> Path:
    """Write all that Sphinx reads into a folder, which is emptied before; pictures are empty files where none is drawn."""
    if out.exists():
        shutil.rmtree(out)
    left = shutil.ignore_patterns(
        "assembling.py", "face.py", "blocks.py", "reference.py", "records.py", "pictures.py", "__pycache__"
    )
    shutil.copytree(FOLDER, out, ignore=left)
    with (out / "cheatsheet.md").open("a", encoding="utf-8") as page:
        page.write(as_markdown())
    _add_data(out / "index.md")
    for page in out.rglob("*.md"):
        page.write_text(_inside(page.read_text(encoding="utf-8"), "../../"), encoding="utf-8")
    for source, target in BESIDE.items():
        shutil.copy(ROOT / source, out / target)
        if target.endswith(".md"):
            page = out / target
            page.write_text(_inside(page.read_text(encoding="utf-8"), ""), encoding="utf-8")
    (out / "notebooks" / "results").mkdir(parents=True)
    for one in sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks").glob("results/*.png")]):
        shutil.copy(one, out / one.relative_to(ROOT))
    pictures.write(out, drawn=drawn)
    reference.write(out)
    records.write(out)
    return out


def _add_data(index: Path) -> None:
    """Put the README's tables of what to write for which data into the first page."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = "## What does your data" + text.split("## What does your data")[1].split("\n## ")[0]
    page = index.read_text(encoding="utf-8")
    mark = "<!-- what does your data look like -->"
    if mark not in page:
        sys.exit(f"docs/index.md has no line {mark}")
    index.write_text(page.replace(mark, section.replace("](docs/", "](")), encoding="utf-8")


def _inside(text: str, up: str) -> str:
    """Links to files of the repository that the site carries, as links within it; `up` leads from a page to the root."""
    text = text.replace(f"]({up}notebooks/", "](../notebooks/")
    for source, target in BESIDE.items():
        text = text.replace(f"]({up}{source}", f"](../{target}")
    return text


def main() -> None:
    """Build into the folder that is named, with warnings as errors."""
    from sphinx.cmd.build import main as build

    out = Path(sys.argv[1])
    if (out / "objects.inv").exists():  # a site from before, which may have pages that are gone
        shutil.rmtree(out)
    source = assemble(out.with_name(out.name + "-source"))
    trees = out.with_name(out.name + "-trees")
    code = build(["-W", "--keep-going", "-q", "-b", "html", "-d", str(trees), str(source), str(out)])
    if code == 0:
        print(f"open {out / 'index.html'}")
    sys.exit(code)


if __name__ == "__main__":
    main()
