"""The milestones as tasks: the reference's own scripts, beside the learner's modules."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import re
import runpy
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.tito.child import is_own
from tinytorch.tito.milestones._registry import Milestone, find_milestone, script_folder
from tinytorch.tito.milestones._report import Report
from tinytorch.tito.tasks import CannotRunError, Context, Event, needs
from tinytorch.tito.workspace import write_file

EPOCHS = {"mnist": 5, "fashion-mnist": 5, "digits": 30}
TARGETS = {"mnist": 95.0, "fashion-mnist": 85.0, "digits": 94.0}  # for a run of that many epochs, in percent
MEASURES = {"min": "smallest", "max": "largest", "mean": "mean", "median": "median"}
NUMBER = re.compile(rf"(\w[\w ]*)\.({'|'.join(MEASURES)}) is\b")
HEADINGS = {  # of the pictures that the scripts draw
    "learning": "How cards were learned, and what each pixel came to say",
    "plane": "What one layer says of each point, and what two layers say",
}
PAUSE = 0.1  # seconds between two states of the bar
WRONG = 24


class Lines(io.TextIOBase):
    """A stream that says each line as it is finished."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.lines: list[str] = []
        self._rest = ""

    def writable(self) -> bool:
        """Text can be written to it."""
        return True

    def write(self, text: str) -> int:
        """Take a piece of text."""
        *whole, self._rest = (self._rest + text).split("\n")
        for line in map(in_words, whole):
            if line.strip():
                self.lines.append(line)
                self.context.emit({"say": line})
        return len(text)


def in_words(line: str) -> str:
    """Return a line of a script with a name of its record, as ``network.min``, written out."""
    return NUMBER.sub(lambda found: f"{found[1]} ({MEASURES[found[2]]} of the seeds) is", line)


def _milestone(options: dict[str, Any]) -> Milestone:
    found = find_milestone(options["id"])
    if found is None:
        raise ValueError(f"There is no milestone {options['id']}.")
    return found


def _folder(context: Context, milestone: Milestone, name: str) -> Path:
    """Return where a run is written, which is tried now and not when all is trained."""
    folder = context.workspace / "runs" / milestone.id / name
    write_file(folder / "report.begun", b"", sync=False)
    (folder / "report.begun").unlink()
    return folder


def environment() -> dict[str, str]:
    """Return what the run ran on."""
    return {
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": str(os.cpu_count()),
        "threads of BLAS": os.environ.get("OPENBLAS_NUM_THREADS", "as it chooses"),
    }


def chosen_data(milestone: Milestone, options: dict[str, Any]) -> str:
    """Return the data set that was asked for, or the usual one; empty where the milestone makes its own."""
    return str(options.get("data") or (milestone.data[0] if milestone.data else ""))


def other_data(milestone: Milestone, name: str) -> str:
    """Return the command for the digits that come with the dataloader, where there is that choice."""
    return f"tito milestone {milestone.id} --data digits" if "digits" in milestone.data and name != "digits" else ""


def script(context: Context, options: dict[str, Any]) -> Iterator[Event]:
    """Run a milestone's script as it stands; its claims are the verdict."""
    milestone = _milestone(options)
    needs("matplotlib.figure")
    data = chosen_data(milestone, options)
    folder = _folder(context, milestone, data or "run")
    file = script_folder(milestone) / "run.py"
    lines = Lines(context)
    begin, before = time.perf_counter(), sys.argv
    sys.argv = [str(file), "--output", str(folder), *(["--data", data] if data else [])]
    try:
        with contextlib.redirect_stdout(lines):
            runpy.run_path(str(file), run_name="__main__")
    except SystemExit as end:  # the script's way to say what is missing
        if isinstance(end.code, str):
            raise CannotRunError(end.code, other_data(milestone, data)) from None
        raise
    finally:
        sys.argv = before
    seconds = time.perf_counter() - begin
    claims = [line for line in lines.lines if line.startswith("claim ")]
    passed = bool(claims) and all(line.startswith("claim holds") for line in claims)
    whose = context.whose(milestone.modules)
    report = Report(milestone.id, milestone.title, milestone.question, passed, claims or lines.lines[-1:])
    report.facts({"seconds": f"{seconds:.1f}", "data": data or "made by the script", **environment()})
    pictures = sorted(folder.rglob("*.png"))
    for picture in pictures:
        report.picture(HEADINGS.get(picture.stem, picture.stem), picture)
    report.whose(whose)
    path = report.write(folder / "report.html")
    yield {
        "done": {
            "passed": passed,
            "evidence": lines.lines,
            "seconds": seconds,
            "whose": whose,
            "picture": str(pictures[0]) if pictures else "",
            "report": str(path),
        }
    }


def backprop(context: Context, options: dict[str, Any]) -> Iterator[Event]:
    """1986: train on images with a live curve, read the test set once, write the report."""
    milestone = _milestone(options)
    name = chosen_data(milestone, options)
    seed, epochs = int(options.get("seed", 0)), int(options.get("epochs", EPOCHS[name]))
    needs("matplotlib.figure", "safetensors.numpy")
    folder = _folder(context, milestone, name)
    whole = runpy.run_path(str(script_folder(milestone) / "run.py"), run_name="milestone")
    data, test = images(context, milestone, name, whole["load"])
    length = f"{epochs} epoch{'s' if epochs > 1 else ''}"
    yield {"say": f"{name}: {len(data):,} training and {len(test):,} test images, {length}, seed {seed}"}

    points: list[dict[str, float]] = []
    smoothing = whole["LABEL_SMOOTHING"]
    trainer, history = whole["train"](
        data, seed, epochs, folder / "unfinished", announcer(context, points), smoothing=smoothing
    )
    scores = np.asarray(trainer.predict(context.tt.dataloader.DataLoader(test, 1000)))
    seconds = float(sum(history.seconds))
    labels, guesses = np.asarray(test.labels), scores.argmax(axis=1)
    accuracy = 100.0 * float((guesses == labels).mean())
    target = TARGETS[name]
    verdict = f"{accuracy:.2f} % of {len(labels):,} test images in {seconds:.1f} s (target: at least {target:g} %)"
    yield {"say": verdict}
    whose = context.whose(milestone.modules)
    report = Report(milestone.id, milestone.title, milestone.question, accuracy >= target, [verdict])
    facts = {"data": name, "seed": str(seed), "epochs": str(epochs), "seconds": f"{seconds:.1f}"}
    report.facts({**facts, "images per second": f"{epochs * len(data) / seconds:,.0f}", **environment()})
    curve = report.curve(
        [float(value) for value in history["loss"]],
        [100.0 * float(value) for value in history["accuracy"]],
        accuracy,
        target,
        f"{milestone.id}: {name}, {length}, seed {seed}",
        folder / "curve.svg",
    )
    add_mistakes(report, test, scores)
    report.whose(whose)
    path = report.write(folder / "report.html")
    shutil.rmtree(folder / "unfinished", ignore_errors=True)  # the next run begins anew
    yield {
        "done": {
            "passed": accuracy >= target,
            "evidence": [verdict],
            "accuracy": accuracy,
            "seconds": seconds,
            "points": points,
            "whose": whose,
            "picture": str(curve),
            "report": str(path),
        }
    }


def images(context: Context, milestone: Milestone, name: str, load: Callable[..., Any]) -> tuple[Any, Any]:
    """Return the training images and the test images of a data set.

    Raises
    ------
    CannotRunError
        If it cannot be had.
    """
    try:
        return load(name, train=True), load(name, train=False)
    except (ImportError, OSError, context.tt.dataloader.FormatError) as error:
        if any(is_own(frame.filename, [context.workspace]) for frame in traceback.extract_tb(error.__traceback__)):
            raise  # what the learner wrote reads the data, or does not
        raise CannotRunError(f"{name} cannot be had: {error}", other_data(milestone, name)) from error


def announcer(context: Context, points: list[dict[str, float]]) -> Any:
    """Return a callback of a training that says how far it is, and adds each epoch's results to the points."""
    begin, shown = time.perf_counter(), 0.0

    def on_step_end(run: Any) -> None:
        nonlocal shown
        now = time.perf_counter()
        if now - shown >= PAUSE:
            shown = now
            context.emit({"progress": progress(run)})

    def on_epoch_end(run: Any) -> None:
        point = {"x": float(run.epoch), **{key: float(value) for key, value in run.results.items()}}
        points.append(point)
        context.emit({"point": point, "progress": progress(run)})
        values = f"loss {point['loss']:.4f}  {100 * point['accuracy']:.2f} % of the training images"
        context.emit({"say": f"epoch {run.epoch}/{run.epochs}  {values}  {time.perf_counter() - begin:.1f} s"})

    callback = context.tt.training.Callback()
    callback.on_step_end, callback.on_epoch_end = on_step_end, on_epoch_end
    return callback


def add_mistakes(report: Report, test: Any, scores: np.ndarray[Any, Any]) -> None:
    """Add to a report which class was taken for which, and the images that were wrong with the greatest score."""
    labels, guesses = np.asarray(test.labels), scores.argmax(axis=1)
    classes = [str(one) for one in test.classes]
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (labels, guesses), 1)
    report.confusion(counts, classes)
    wrong = np.flatnonzero(guesses != labels)
    surest = wrong[np.argsort(-scores[wrong].max(axis=1))][:WRONG]
    every = np.asarray(test.images)
    shown = every[surest].reshape(len(surest), *every.shape[-2:])
    report.mistakes(shown, [classes[one] for one in labels[surest]], [classes[one] for one in guesses[surest]])


def progress(run: Any) -> dict[str, Any]:
    """Return what a bar shows of a run that is under way."""
    batches = run.batches or 0
    at, of = (run.epoch - 1) * batches + run.batch, run.epochs * batches
    rate = run.samples / run.seconds if run.seconds else 0.0
    left = (of - at) * run.seconds / run.batch if run.batch else 0.0
    text = f"epoch {run.epoch}/{run.epochs}  step {at:,}/{of:,}  {rate:,.0f} img/s  loss {run.loss:.3f}"
    return {"at": at, "of": of, "text": text, "left": left, "loss": run.loss}
