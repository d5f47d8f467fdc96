"""The groups that have a name: each is a row in one of the files of this folder, by kind."""

from __future__ import annotations

from symshare.core.groups.families import linear, permutations, puzzles, solids, unitary
from symshare.core.groups.family import Family

__all__ = ["FAMILIES", "OWN", "ROWS"]

ROWS: tuple[Family, ...] = (*permutations.ROWS, *linear.ROWS, *unitary.ROWS, *solids.ROWS, *puzzles.ROWS)
"""The rows, in the order of the help."""

FAMILIES: dict[str, Family] = {name: row for row in ROWS for name in (row.name, *row.also)}
"""The rows by name, as they are written in `--axis r=O(3)`."""

OWN = Family("", (), "generators of one's own")
"""What stands for the row of a group without a name: nothing is known of it but its generators."""
