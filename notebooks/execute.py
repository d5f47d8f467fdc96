"""Run every notebook from its start; `make notebooks` keeps the outputs, the tests look at them."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def execute(path: Path, timeout: int = 600) -> nbformat.NotebookNode:
    """The notebook with fresh outputs, without what changes from run to run."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": FOLDER}}
    NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", resources=resources, coalesce_streams=True
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return notebook


def main() -> None:
    for path in sorted(FOLDER.glob("*.ipynb")):
        print(path.name, file=sys.stderr)
        nbformat.write(execute(path), path)


if __name__ == "__main__":
    main()
