"""`tito watch`: a check on each save; what it said before stays on the screen."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, INTERRUPTED, OK, Stop
from tinytorch.tito.cli._check import check_once
from tinytorch.tito.cli._here import begun, progress, root
from tinytorch.tito.cli._keys import keys
from tinytorch.tito.cli._main import report
from tinytorch.tito.cli._screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = 25  # milliseconds without a further change after which files are taken to be saved


@click.command()
@click.argument("target", required=False, metavar="[MODULE[.FUNCTION]]")
@click.option("--turns", type=int, hidden=True, help="Stop after so many checks.")
def watch(target: str | None, turns: int | None) -> int:
    """Check on each save: the function at hand, or what is named. Keys: h hint, n next, q end."""
    screen = Screen()
    folder = root()
    here = progress()
    source = folder / "src"
    if not source.is_dir():
        raise Stop(CANNOT_RUN, "not-begun", "Nothing is begun yet.", "tito start")
    if target is None and here.current is not None:
        begun(here.current.name, here)
    over = threading.Event()
    wishes: list[str] = []
    with keys(lambda key: wish(key, wishes, over)) as there:
        screen.note(f"Watching {source}. " + ("Keys: h hint, n next, q end." if there else "Ctrl-C ends."))
        turn(screen, target)
        done = 1
        for event in happenings(source, over, wishes):
            if turns is not None and done >= turns:
                break
            if event == "h":
                hint(screen)
            elif event == "n":
                target = None
                turn(screen, target)
            else:
                turn(screen, target)
                done += 1
                if turns is not None and done >= turns:
                    break
    return OK


def wish(key: str, wishes: list[str], over: threading.Event) -> None:
    """Take note of a key."""
    if key in ("q", "Q", "\x03"):
        over.set()
    elif key in ("h", "n"):
        wishes.append(key)


def happenings(source: Path, over: threading.Event, wishes: list[str]) -> Iterator[str]:
    """Yield "save" after each save of a Python file, and keys as they come, until it is over."""
    from watchfiles import PythonFilter
    from watchfiles import watch as changes

    for found in changes(
        source,
        watch_filter=PythonFilter(),
        step=STEP,
        rust_timeout=100,
        yield_on_timeout=True,
        stop_event=over,
        raise_interrupt=True,
    ):
        if found:
            yield "save"
        while wishes:
            yield wishes.pop(0)


def turn(screen: Screen, target: str | None) -> None:
    """Check once, under a line with the time; whatever is wrong is said, and watching goes on."""
    screen.line(f"-- {datetime.now():%H:%M:%S} " + "-" * 20)
    begin = time.perf_counter()
    try:
        check_once(screen, progress(), target, ask=False)  # keys are commands here, no answers
    except KeyboardInterrupt:
        raise
    except Exception as error:
        if report("watch", [], error) == INTERRUPTED:
            raise
    screen.note(f"   {time.perf_counter() - begin:.1f} s")


def hint(screen: Screen) -> None:
    """Give the next hint."""
    from tinytorch.tito.cli._hint import give

    try:
        give(screen, progress(), None)
    except Stop as stop:
        screen.note(str(stop))
