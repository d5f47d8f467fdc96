"""The interface of an experiment: its jobs under a setting, the report on what they found, and its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from symshare.errors import ExperimentError
from symshare.experiments.harness.training import Context

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from symshare.experiments.harness.results import Report

__all__ = ["Experiment", "Job", "Progress", "Setting"]

Progress = Callable[[float, float, str], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of a run: its form, its first seed, and how many seeds (None: as many as the experiment has by default)."""

    full: bool = False
    seed: int = 0
    seeds: int | None = None
    device: str = "cpu"
    threads: int | None = None
    """Of the CPU; None leaves them as they are. Numbers of different threads add up in another order."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """`steps` for fewer or more training steps than the form has; `task` and `symmetry` (arc), `data` (kinship)."""

    def steps(self, quick: int, full: int) -> int:
        """The training steps: those that are asked for, or those of the form.

        >>> Setting(full=True).steps(10, 20), Setting(options={"steps": 3}).steps(10, 20)
        (20, 3)
        """
        return int(self.options.get("steps", full if self.full else quick))

    def numbers(self, usual: int) -> range:
        """The seeds.

        >>> list(Setting(seed=3).numbers(2))
        [3, 4]
        """
        number = usual if self.seeds is None else self.seeds
        if number < 1:
            raise ExperimentError(f"{number} seeds are none\n  give --seeds 1 or more")
        return range(self.seed, self.seed + number)


@dataclass(frozen=True, slots=True)
class Job:
    """One part of an experiment: a training or a baseline, for one seed.

    `work` gives a dictionary that JSON can hold, with `metrics` (numbers by name) in it; `weight` is about how many
    seconds it takes, for the progress.
    """

    name: str
    seed: int
    work: Callable[[Context], dict[str, Any]]
    weight: float = 1.0

    @property
    def title(self) -> str:
        """The name of its files."""
        return f"{self.name}-{self.seed}".replace(" ", "_").replace("/", "_")


class Experiment(Protocol):
    """What the module `symshare.experiments.NAME.experiment` offers.

    One that takes files of the user's has `remarks(setting)` too: what was read, and what in it looks wrong, a text each.
    """

    @staticmethod
    def jobs(setting: Setting) -> list[Job]:
        """The trainings and the baselines of a form, for each seed."""

    @staticmethod
    def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
        """The table, the bars and the notes, from what the jobs found."""

    @staticmethod
    def plot(record: Mapping[str, Any]) -> Figure:
        """The picture of a record."""
