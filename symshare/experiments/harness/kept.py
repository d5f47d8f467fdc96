"""The files that a run keeps until it ends: what the run is, and what its finished jobs have found, each marked with its run.

The parts of a job are TITLE.json, what it found, and TITLE.safetensors, the state of its training. Each part names the run
and the job that it is of, and the SHA-256 of everything in it; all of them are checked before anything in one is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from symshare.codegen.files import check_free
from symshare.errors import ExperimentError, shown
from symshare.experiments.harness.checkpoints import read_state
from symshare.experiments.harness.datasets import SPLITS
from symshare.experiments.harness.restoring import is_number
from symshare.experiments.harness.sealed import read_json, write_json

__all__ = ["digest_of", "keep", "part_of", "prepare"]

NOTE = "configuration.json"
GROWING = ("seeds", "jobs")
"""What a run may have more of when it goes on; everything else makes it another run."""


class Kept(Protocol):
    """What the files of a job need to know of it."""

    @property
    def name(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def title(self) -> str: ...


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, or of the parts of a graph in a folder, each with its name."""
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()
    texts = {part: digest_of(path / f"{part}.txt") for part in SPLITS}
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def part_of(configuration: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The mark of a file of a run: the run that it belongs to, and the title of its job."""
    return {key: value for key, value in configuration.items() if key not in GROWING} | {"job": title}


def prepare(
    folder: Path,
    files: tuple[Path, Path],
    jobs: Sequence[Kept],
    configuration: dict[str, Any],
    *,
    resume: bool,
    force: bool,
) -> dict[str, dict[str, Any]]:
    """Find the folder for the parts of a run as it should be; what finished jobs have found, by title."""
    note = folder / NOTE
    before = _read(note, "start anew with --force") if note.exists() and not force else None
    for path in files:
        check_free(path, force=force or (resume and before is not None))
    found = before is not None or any(_parts(folder, configuration["jobs"]))
    if found and not (force or resume):
        raise ExperimentError(
            f"{shown(folder)} holds an unfinished run\n  go on with it by --resume, or start anew with --force"
        )
    if force:
        for path in _parts(folder, [*configuration["jobs"], *_titles(note)]):
            _remove(path)
    elif before is not None:
        _check_same(folder, before, configuration)
    elif found:
        raise ExperimentError(
            f"{shown(folder)} has parts of a run and no {NOTE} that says of which\n  start anew with --force"
        )
    done = _finished(folder, jobs, configuration)
    write_json(note, configuration)
    return done


def _finished(folder: Path, jobs: Sequence[Kept], configuration: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the finished jobs have found; every part that is there is checked, the states of trainings too."""
    found = {}
    for job in jobs:
        part = part_of(configuration, job.title)
        path = folder / f"{job.title}.json"
        if path.exists():
            found[job.title] = _job(path, job, part)
        path = folder / f"{job.title}.safetensors"
        state = read_state(path)
        if state is not None:
            _check_part(path, state[1].get("part"), part)
    return found


def keep(folder: Path, job: Kept, configuration: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Write what a finished job has found."""
    write_json(folder / f"{job.title}.json", {"part": part_of(configuration, job.title), **found})


def _job(path: Path, job: Kept, part: dict[str, Any]) -> dict[str, Any]:
    """What a job has found, if the file is that of the job and of the form that all have."""
    cure = "delete it, and go on with --resume"
    found = _read(path, cure)
    _check_part(path, found.pop("part", None), part)
    metrics = found.get("metrics")
    values = [*metrics.values()] if isinstance(metrics, dict) else [None]
    numbers = [number for value in values for number in (value if isinstance(value, list) else [value])]
    timed = all(is_number(found.get(key)) and found[key] >= 0 for key in ("wall_s", "cpu_s"))
    if (found.get("name"), found.get("seed")) != (job.name, job.seed) or not timed or not all(map(is_number, numbers)):
        raise ExperimentError(f"{shown(path)} is damaged: it has not what {job.name}, seed {job.seed}, finds\n  {cure}")
    return found


def _check_same(folder: Path, before: dict[str, Any], configuration: dict[str, Any]) -> None:
    """Raise ExperimentError where a run was begun as another one, or with jobs that are none any more."""
    if set(before) != set(configuration):
        raise ExperimentError(f"{folder / NOTE} is damaged: it says not of which run\n  start anew with --force")
    changed = [key for key in configuration if key not in GROWING and before.get(key) != configuration[key]]
    if not changed and not set(_texts(before.get("jobs"))) <= set(configuration["jobs"]):
        changed = [key for key in GROWING if before.get(key) != configuration[key]]
    if changed:
        key = changed[0]
        raise ExperimentError(
            f"by {folder / NOTE} the run was begun with {key} {before.get(key)!r}, not {configuration[key]!r}\n"
            "  give the same options (and as many --seeds or more), or start anew with --force"
        )


def _check_part(path: Path, found: Any, wanted: dict[str, Any]) -> None:
    """Raise ExperimentError where a file is the part of another run or job than wanted."""
    if found == wanted:
        return
    said = found if isinstance(found, dict) else {}
    key = next((key for key in wanted if said.get(key) != wanted[key]), "part")
    raise ExperimentError(
        f"{shown(path)} belongs to another training or job: {key} {said.get(key)!r}, not {wanted.get(key)!r}\n"
        "  delete it, and go on with --resume; or give another --out"
    )


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ExperimentError(
            f"{shown(path)} cannot be removed: {error.strerror}\n  move it away, or give another --out"
        ) from None


def _titles(note: Path) -> list[str]:
    """The titles of the jobs of an earlier run, as far as they can be read."""
    try:
        return _texts(_read(note, "").get("jobs")) if note.exists() else []
    except ExperimentError:
        return []


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _parts(folder: Path, titles: Sequence[str]) -> list[Path]:
    """The files of jobs of these titles that are there."""
    if not folder.is_dir():
        return []
    wanted = set(titles)
    return [one for one in sorted(folder.iterdir()) if one.suffix in (".json", ".safetensors") and one.stem in wanted]


def _read(path: Path, cure: str) -> dict[str, Any]:
    """A JSON object that an earlier run has written."""
    try:
        return read_json(path)
    except ValueError as error:
        raise ExperimentError(f"{shown(path)} is damaged: {error}\n  {cure}") from None
