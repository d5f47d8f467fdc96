"""`symshare experiment`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import ExperimentError, shown
from symshare_cli.options import FILE
from symshare_cli.terminal import aligned, say, tell, width

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["experiment"]


def _suggested(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    from symshare_cli.suggested import experiments

    return experiments(ctx, param, incomplete)


@click.command()
@click.argument("name", shell_complete=_suggested)
@click.option("--quick/--full", "quick", default=True, show_default=True, help="Minutes on two cores, or as published.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="The first seed.")
@click.option(
    "--seeds", type=click.IntRange(1, 1000), help="How many seeds; by default as many as the experiment needs."
)
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="Such as cpu, cuda, cuda:1.")
@click.option("--threads", type=click.IntRange(1, 1024), help="CPU threads; by default as many as there are cores.")
@click.option(
    "--out",
    type=FILE,
    default=Path("build/experiments"),
    show_default=True,
    help="Folder for NAME.json, NAME.png, and checkpoints in NAME.",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped, or add --seeds to a finished one.")
@click.option("--force", is_flag=True, help="Start anew, over the files of an earlier run.")
@click.option("--steps", type=click.IntRange(1, 10**9), help="Training steps, instead of what the form has.")
@click.option("--task", type=FILE, help="arc: a task file of your own.")
@click.option(
    "--symmetry", help="arc: letters for rows, columns, colours of the task, such as abc, aab, abc->c, HWc->IJc."
)
@click.option("--data", type=FILE, help="kinship: a folder with train.txt, valid.txt, test.txt.")
@click.option(
    "--predict",
    type=FILE,
    help="kinship: write the triples that the network completes to this file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def experiment(
    name: str,
    quick: bool,
    seed: int,
    seeds: int | None,
    device: str,
    threads: int | None,
    out: Path,
    resume: bool,
    force: bool,
    steps: int | None,
    task: Path | None,
    symmetry: str | None,
    data: Path | None,
    predict: Path | None,
    as_json: bool,
) -> None:
    """Run a worked problem; `symshare experiment list` names them.

    Networks are derived, emitted and trained, beside strong baselines; the table says what was reached. A run that is
    stopped goes on with --resume, to the same numbers.
    """
    if name == "list":
        _list(as_json)
        return
    from symshare.experiments.catalogue import entry

    known = entry(name)
    if force and resume:
        raise click.UsageError("--force starts anew, --resume goes on; give one of them")
    _check_owners(name, {"task": task, "symmetry": symmetry, "data": data, "predict": predict})
    given = {"task": task, "symmetry": symmetry, "data": data, "steps": steps}
    options = {key: value for key, value in given.items() if value is not None}
    if predict is not None:
        _check_predictions(predict, out, resume=resume, force=force)
    from symshare.experiments.harness.jobs import Setting
    from symshare.experiments.harness.running import run

    setting = Setting(full=not quick, seed=seed, seeds=seeds, device=device, threads=threads, options=options)
    told = _Told()
    try:
        record = run(known.name, setting, out=out, resume=resume, force=force, progress=told, say=tell)
    except KeyboardInterrupt:
        told.end()
        tell("stopped; go on with the same command, --resume in it (and no --force)")
        sys.exit(130)
    told.end()
    if predict is not None:
        from symshare.experiments.kinship.predictions import write_predictions

        write_predictions(record, out, data, predict, force=force)
    if as_json:
        import json

        click.echo(json.dumps(record, indent=1, allow_nan=False))
        return
    _show(record, out)


def _check_predictions(predict: Path, out: Path, *, resume: bool, force: bool) -> None:
    """Refuse, before any work, a file of predictions that could not be written."""
    from symshare.codegen.files import check_free

    if resume and predict.exists():
        raise ExperimentError(f"{shown(predict)} exists\n  it is kept: with --resume name another file")
    if predict.parent.is_dir() or predict.parent.resolve() != out.resolve():  # the run makes its folder
        check_free(predict, force=force)


def _check_owners(name: str, given: dict[str, object]) -> None:
    """Refuse an option of one experiment beside another."""
    for key, value in given.items():
        owner = "kinship" if key in ("data", "predict") else "arc"
        if value is not None and owner != name:
            raise click.UsageError(f"--{key} is for the experiment {owner}; leave it out with {name}")


def _list(as_json: bool) -> None:
    from symshare.experiments.catalogue import CATALOGUE

    if as_json:
        import json

        rows = [
            {"name": one.name, "question": one.question, "symmetry": one.symmetry, "minutes": one.minutes}
            for one in CATALOGUE.values()
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    told = [[one.name, f"{one.question} ({one.symmetry}); about {one.minutes:g} min"] for one in CATALOGUE.values()]
    say(*aligned(told))


def _show(record: dict[str, Any], out: Path) -> None:
    from symshare.experiments.harness.results import table_cells

    say(f"{record['experiment']}: {shown(record['question'], 200)} ({record['form']} form)", "")
    say(*aligned(table_cells(record["columns"], record["rows"])))
    if record["bars"]:
        say("")
    for bar in record["bars"]:
        value = "none" if bar["value"] is None else f"{bar['value']:.4g}"
        say(f"{'reached' if bar['met'] else 'missed '}  {shown(bar['what'], 200)}: {value}, asked {bar['asked']}")
    for note in record["notes"]:
        say("", *(shown(line, 2000) for line in note.split("\n")))
    where = shown(out / record["experiment"], 200)
    say("", f"{where}.json, {where}.png; {record['wall_s']:.0f} s, {record['cpu_s']:.0f} s of CPU")


class _Told:
    """Progress on stderr: one line that is written over on a terminal, else a line every ten seconds."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.last = 0.0
        self.written = False

    def __call__(self, done: float, seconds: float, text: str) -> None:
        now = time.monotonic()
        if now - self.last < (0.2 if self.live else 10.0):
            return
        self.last = now
        line = f"{done:4.0%}, about {_duration(seconds)} left; {shown(text)}"
        if self.live:
            tell(f"\r\x1b[2K{shown(line, width(sys.stderr) - 1)}", end="")
            self.written = True
        else:
            tell(line)

    def end(self) -> None:
        """Leave the line."""
        if self.written:
            tell("")


def _duration(seconds: float) -> str:
    """A time in words.

    >>> _duration(90.0)
    '1.5 min'
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
