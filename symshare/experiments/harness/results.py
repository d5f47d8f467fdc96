"""What an experiment reports: a table, the numbers that were asked for and reached, notes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symshare.errors import shown

__all__ = ["Bar", "Report", "mean_of", "mean_seconds", "over_seeds", "table_cells"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A number that was to be reached: at most or at least `bar`."""

    what: str
    value: float
    bar: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the number was reached.

        >>> Bar("MRR", 0.94, 0.935).met
        True
        """
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def to_dict(self) -> dict[str, Any]:
        """For a result file."""
        side = "at most" if self.at_most else "at least"
        value = self.value if math.isfinite(self.value) else None
        return {"what": self.what, "value": value, "asked": f"{side} {self.bar:g}", "met": self.met}


@dataclass(frozen=True, slots=True)
class Report:
    """The table of an experiment (its first column names the rows), its bars, and remarks in sentences."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    bars: tuple[Bar, ...] = ()
    notes: tuple[str, ...] = ()


def table_cells(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    """The cells of a table as texts, the names of its columns first; floats with four significant digits.

    >>> table_cells(("net", "MAE"), [("symshare", 0.0123456), ("zero", None)])
    [['net', 'MAE'], ['symshare', '0.01235'], ['zero', '']]
    """
    return [[_shown(value) for value in row] for row in (columns, *rows)]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else shown(value)


def mean_of(jobs: Sequence[Mapping[str, Any]], name: str, metric: str) -> float:
    """The mean of a metric over the seeds of a job, not a number where there are none.

    >>> mean_of([{"name": "net", "metrics": {"mae": 1.0}}, {"name": "net", "metrics": {"mae": 3.0}}], "net", "mae")
    2.0
    """
    values = [job["metrics"][metric] for job in jobs if job["name"] == name and metric in job["metrics"]]
    return statistics.fmean(values) if values else math.nan


def mean_seconds(jobs: Sequence[Mapping[str, Any]], name: str) -> float:
    """The mean time of a job over its seeds, in seconds: of its training, where it has one.

    Of the wall clock and the processor's clock it is the smaller one: waiting for other programs is not counted.

    >>> mean_seconds([{"name": "net", "wall_s": 3.0, "cpu_s": 2.0}, {"name": "net", "wall_s": 9.0, "cpu_s": 16.0}], "net")
    5.5
    """
    timed = [job.get("fitted", {"wall": job["wall_s"], "cpu": job.get("cpu_s")}) for job in jobs if job["name"] == name]
    times = [min(one["wall"], one.get("cpu") or one["wall"]) for one in timed]
    return statistics.fmean(times) if times else math.nan


def over_seeds(jobs: Sequence[Mapping[str, Any]], name: str, metric: str) -> str:
    """The mean and, from two seeds on, the standard deviation, as a text.

    >>> over_seeds([{"name": "net", "metrics": {"mae": 1.0}}, {"name": "net", "metrics": {"mae": 3.0}}], "net", "mae")
    '2 +- 1.4'
    """
    values = [job["metrics"][metric] for job in jobs if job["name"] == name and metric in job["metrics"]]
    if not values:
        return ""
    mean = statistics.fmean(values)
    return f"{mean:.4g}" + (f" +- {statistics.stdev(values):.2g}" if len(values) > 1 else "")
