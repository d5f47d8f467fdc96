"""Running an experiment: its jobs one after the other, kept as they finish, and the files that come of them."""

from __future__ import annotations

import ctypes
import importlib
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

import symshare
from symshare.codegen.files import write_bytes, write_text
from symshare.errors import ExperimentError, shown
from symshare.experiments.catalogue import entry
from symshare.experiments.harness.jobs import Experiment, Job, Progress, Setting
from symshare.experiments.harness.kept import digest_of, keep, part_of, prepare
from symshare.experiments.harness.locking import locked, sweep
from symshare.experiments.harness.pace import Pace
from symshare.experiments.harness.results import Report
from symshare.experiments.harness.training import Context

__all__ = ["run"]

SCHEMA = 1
"""The version of the form of a result file."""

OPTIONS = ("steps", "task", "symmetry", "data")


def run(
    name: str,
    setting: Setting | None = None,
    *,
    out: Path,
    resume: bool = False,
    force: bool = False,
    progress: Progress = lambda done, seconds, text: None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Run an experiment and give its record, which is also written to `out`/NAME.json, with a picture NAME.png.

    Finished jobs and checkpoints lie in `out`/NAME; `resume` goes on from there, `force` starts anew. `progress` is called with
    the share that is done, the seconds that are left by the pace so far, and a few words; `say` with what was read of files of
    the user's and what in them looks wrong, before any work.
    Raises ExperimentError where files are in the way, another run is at work there, or a training fails.
    """
    setting = setting or Setting()
    _check_options(setting)
    module = cast(Experiment, importlib.import_module(entry(name).module))
    device = _device(setting.device)
    if setting.threads is not None:
        torch.set_num_threads(setting.threads)
    folder, result, picture = out / name, out / f"{name}.json", out / f"{name}.png"
    jobs: Sequence[Job] = module.jobs(setting)
    if len({job.title for job in jobs}) < len(jobs):
        raise ExperimentError(f"two jobs of {name} have one name\n  each needs its own")
    configuration = _configuration(name, setting, jobs)
    with locked(folder):
        done = prepare(folder, (result, picture), jobs, configuration, resume=resume, force=force)
        sweep(folder)
        remarks = _remarks(module, setting, say)
        keep_memory()
        _work(folder, jobs, configuration, done, device, progress)
        finished = [done[job.title] for job in jobs]
        record = _record(name, setting, finished, module.report(setting, finished), remarks)
        drawn = _picture(module, record)
        with locked(out, wait=True):  # others run into it at the same time
            sweep(out)
            write_text(result, json.dumps(record, indent=1, allow_nan=False) + "\n", force=True)
            write_bytes(picture, drawn, force=True)
    return record


def _remarks(module: Experiment, setting: Setting, say: Callable[[str], None]) -> tuple[str, ...]:
    """What an experiment says of files of the user's, if it takes any."""
    found: tuple[str, ...] = module.remarks(setting) if hasattr(module, "remarks") else ()
    for text in found:
        say(text)
    return found


def _work(
    folder: Path,
    jobs: Sequence[Job],
    configuration: dict[str, Any],
    done: dict[str, dict[str, Any]],
    device: torch.device,
    progress: Progress,
) -> None:
    """Run the jobs that are not done yet, and keep what each finds as soon as it has it."""
    total, before = sum(job.weight for job in jobs), 0.0
    pace = Pace(total, progress)
    for number, job in enumerate(jobs):
        if job.title not in done:
            pace.start(before, job, f"{number + 1} of {len(jobs)}: {job.name}, seed {job.seed}")
            part = part_of(configuration, job.title)
            context = Context(job.seed, device, folder / f"{job.title}.safetensors", pace.tell, part, done)
            found = _checked(_done(job, context), f"{job.name}, seed {job.seed}")
            keep(folder, job, configuration, found)
            done[job.title] = json.loads(json.dumps(found))
        before += job.weight


def _done(job: Job, context: Context) -> dict[str, Any]:
    """Run one job and time it; a training that was continued brings the time before along."""
    torch.manual_seed(job.seed)
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        found = job.work(context)
    except (MemoryError, torch.OutOfMemoryError) as error:
        reason = (str(error) or "out of memory").splitlines()[0]
        raise ExperimentError(
            f"{shown(job.name)} does not fit the memory: {reason}\n  use another device, or less data"
        ) from None
    times = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    fitted = found.get("fitted")
    if fitted is not None:
        times = {"wall_s": max(times["wall_s"], fitted["wall"]), "cpu_s": max(times["cpu_s"], fitted["cpu"])}
    return {"name": job.name, "seed": job.seed, **found, **{key: round(value, 2) for key, value in times.items()}}


def _check_options(setting: Setting) -> None:
    for key, value in setting.options.items():
        if key not in OPTIONS:
            raise ExperimentError(f"there is no option {key!r}\n  the options are {', '.join(OPTIONS)}")
        if key == "steps" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ExperimentError(
                f"steps={value!r} is not a number of training steps\n  give a whole number, 1 or more"
            )


def _device(text: str) -> torch.device:
    try:
        device = torch.device(text)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, ImportError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ExperimentError(f"the device {text!r} cannot be used: {reason}\n  use --device cpu") from None
    return device


def _configuration(name: str, setting: Setting, jobs: Sequence[Job]) -> dict[str, Any]:
    return {
        "experiment": name,
        "form": "full" if setting.full else "quick",
        "seed": setting.seed,
        "seeds": setting.seeds,
        "device": setting.device,
        "threads": torch.get_num_threads(),
        "options": {key: str(value) for key, value in setting.options.items()},
        "contents": {key: digest_of(Path(setting.options[key])) for key in ("task", "data") if key in setting.options},
        "jobs": [job.title for job in jobs],
        "symshare": symshare.__version__,
        "torch": torch.__version__,
    }


def _checked(value: Any, place: str) -> Any:
    """What a job found, if all its numbers are numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ExperimentError(
            f"{shown(place)} is {value}\n  nothing can be said with it; try another --seed, and start anew with --force"
        )
    if isinstance(value, dict):
        return {key: _checked(one, f"{place}, {key}") for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(one, f"{place}[{at}]") for at, one in enumerate(value)]
    return value


def _record(
    name: str, setting: Setting, jobs: list[dict[str, Any]], report: Report, remarks: Sequence[str]
) -> dict[str, Any]:
    """Everything that is known of a run, for the result file and the picture."""
    own = "data" in setting.options or "task" in setting.options
    return {
        "schema": SCHEMA,
        "experiment": name,
        "question": entry(name).own if own else entry(name).question,
        "symmetry": str(setting.options.get("symmetry", entry(name).symmetry)),
        "form": "full" if setting.full else "quick",
        "date": time.strftime("%Y-%m-%d"),
        "configuration": {
            "seed": setting.seed,
            "seeds": len({job["seed"] for job in jobs}),
            "device": setting.device,
            "threads": torch.get_num_threads(),
            "options": {key: str(value) for key, value in setting.options.items()},
        },
        "versions": {
            "symshare": symshare.__version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "machine": _machine(setting.device),
        "wall_s": round(sum(job["wall_s"] for job in jobs), 1),
        "cpu_s": round(sum(job["cpu_s"] for job in jobs), 1),
        "columns": list(report.columns),
        "rows": [list(row) for row in report.rows],
        "bars": [bar.to_dict() for bar in report.bars],
        "notes": [*remarks, *report.notes],
        "jobs": jobs,
    }


def _machine(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()}, {os.cpu_count()} cores"


def _picture(module: Experiment, record: dict[str, Any]) -> bytes:
    """The picture of a record as PNG."""
    import io

    import matplotlib

    matplotlib.use("Agg", force=False)
    import matplotlib.pyplot as plt

    figure = module.plot(record)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    plt.close(figure)
    return stream.getvalue()


def keep_memory() -> None:
    """Let the C library keep freed memory: with large temporaries, giving it back and taking it again costs half of a step."""
    if sys.platform == "linux" and platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        mmap_max, trim_threshold = -4, -1  # M_MMAP_MAX, M_TRIM_THRESHOLD of malloc.h
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, 2**31 - 1)
