"""How far a run is, and how long it still takes."""

from __future__ import annotations

import time

from symshare.experiments.harness.jobs import Job, Progress

__all__ = ["Pace"]


class Pace:
    """How far a run is, and how long it still takes."""

    def __init__(self, total: float, progress: Progress) -> None:
        self.total, self.progress = total, progress
        self.begun = time.perf_counter()
        self.first: float | None = None
        self.before, self.job, self.words = 0.0, Job("", 0, lambda context: {}), ""

    def start(self, before: float, job: Job, words: str) -> None:
        """Begin a job when jobs of weight `before` are done."""
        self.before, self.job, self.words = before, job, words
        self.progress(before / self.total, self.left(before / self.total), f"{words}: starts")

    def tell(self, share: float, text: str) -> None:
        """Pass on how far the job is."""
        done = (self.before + share * self.job.weight) / self.total
        if self.first is None:
            self.first, self.begun = done, time.perf_counter()  # what was done before takes no time now
        self.progress(done, self.left(done), f"{self.words}: {text}")

    def left(self, done: float) -> float:
        """Seconds, by the pace so far, or by the weights of the jobs where there is none."""
        made = 0.0 if self.first is None else done - self.first
        spent = time.perf_counter() - self.begun
        return spent / made * (1 - done) if made > 0.002 else self.total * (1 - done)
