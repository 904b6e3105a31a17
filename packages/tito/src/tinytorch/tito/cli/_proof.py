"""`tito checkpoint` and `tito milestone`: a question, evidence while it is gathered, a picture, a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, INTERRUPTED, NOT_PASSED, USAGE, Answer, Problem, Stop
from tinytorch.tito.cli._here import progress
from tinytorch.tito.cli._hurdles import modules_begun
from tinytorch.tito.cli._screen import Screen, relative
from tinytorch.tito.cli._unproven import show_end
from tinytorch.tito.cli._unready import unreadable
from tinytorch.tito.workspace import PROOFS, Progress, did_you_mean

SILENCE = {"checkpoint": 60.0, "milestone": 300.0}  # seconds between two events after which a run has hung


class Proof(Protocol):
    """What a registry says of a checkpoint or a milestone."""

    @property
    def id(self) -> str:
        """A number or a year."""

    @property
    def question(self) -> str:
        """What it answers."""

    @property
    def modules(self) -> tuple[str, ...]:
        """What it stands on."""

    @property
    def task(self) -> str:
        """``package.module:function``, run in a child."""


def registries() -> dict[str, tuple[Proof, ...]]:
    """Return the checkpoints and the milestones there are."""
    from tinytorch.tito.checkpoints import CHECKPOINTS
    from tinytorch.tito.milestones import MILESTONES

    return {"checkpoint": CHECKPOINTS, "milestone": MILESTONES}


@click.command()
@click.argument("id", required=False)
@click.option("--json", "as_document", is_flag=True, help="One JSON document instead of text.")
def checkpoint(id: str | None, as_document: bool) -> int:
    """Answer the question of checkpoint ID with evidence; without one, list them."""
    return proof("checkpoint", id, as_document, {})


@click.command()
@click.argument("id", required=False)
@click.option("--data", help="The data set, where there is a choice.")
@click.option("--epochs", type=click.IntRange(min=1), help="How long, where it trains by epochs.")
@click.option("--seed", type=click.IntRange(min=0), help="Of everything random.")
@click.option("--json", "as_document", is_flag=True, help="One JSON document instead of text.")
def milestone(id: str | None, data: str | None, epochs: int | None, seed: int | None, as_document: bool) -> int:
    """Reach the result of year ID on your own modules; without one, list them. Ctrl-C saves; the same line goes on."""
    options = {"data": data, "epochs": epochs, "seed": seed}
    return proof("milestone", id, as_document, {key: value for key, value in options.items() if value is not None})


def proof(kind: str, id: str | None, as_document: bool, options: dict[str, Any]) -> int:
    """List the proofs of a kind, or run one."""
    screen = Screen(json=as_document)
    here = progress()
    every = registries()[kind]
    if id is None:
        return screen.finish(listing(screen, here, kind, every))
    id = id.lstrip("0") or id  # 05, as modules are written
    chosen = next((one for one in every if one.id == id), None)
    if chosen is None:
        if id in PROOFS[kind]:
            message = f"{kind.capitalize()} {id} is in the plan and not built yet."
            raise Stop(CANNOT_RUN, "not-built", message, f"tito {kind}")
        guess = did_you_mean(id, [one.id for one in every])
        raise Stop(USAGE, "unknown-name", f"There is no {kind} {id}.{guess}", f"tito {kind}")
    wrong = getattr(chosen, "refuses", lambda options: "")(options)
    if wrong:
        raise Stop(USAGE, "usage", wrong, f"tito {kind} {id}")
    broken = next((module.broken for module in modules_begun(here) if module.broken), None)
    if broken is not None:  # nothing can be said of its functions
        return screen.finish(unreadable(screen, here, broken, kind, {}))
    return screen.finish(run(screen, here, kind, chosen, options))


def listing(screen: Screen, here: Progress, kind: str, every: Sequence[Proof]) -> Answer:
    """Write the proofs of a kind, and which have been passed."""
    said, failed = passed(here, kind), refuted(here, kind)
    answer = Answer(kind, data={f"{kind}s": []})
    for one in every:
        ready = [name for name in one.modules if done(here, name)]
        standing = "ok" if one.id in said else "x" if one.id in failed else f"{len(ready)}/{len(one.modules)}"
        screen.line(f"  {standing:<4} {one.id:<5} {one.question}")
        table = {"id": one.id, "question": one.question, "modules": list(one.modules)}
        answer.data[f"{kind}s"].append({**table, "passed": one.id in said, "failed": one.id in failed})
    open_ones = [one for one in every if one.id not in said]
    if not every:
        screen.line(f"  No {kind}s are installed.")
    elif open_ones:
        screen.wrapped("The numbers say how many of its modules are done; each runs with the rest borrowed.")
        if failed:
            screen.wrapped("x: run with the files as they are, and not passed.")
        answer.next = [f"tito {kind} {open_ones[0].id}"]
        screen.next(*answer.next)
    return answer


def done(here: Progress, name: str) -> bool:
    """Return whether a module is done."""
    module = here.module(name)
    return module is not None and module.done


def run(screen: Screen, here: Progress, kind: str, chosen: Proof, options: dict[str, Any]) -> Answer:
    """Run a proof, show what it says while it runs, and write down what came of it."""
    from tinytorch.tito.child import Limits, run_task
    from tinytorch.tito.cli._live import Live

    title = getattr(chosen, "title", "")
    screen.line(f"{kind.capitalize()} {chosen.id}" + (f" · {title}" if title else ""), bold=True)
    screen.wrapped(chosen.question)
    screen.line(f"  modules: {', '.join(chosen.modules)}")
    answer = Answer(kind, data={"id": chosen.id, "question": chosen.question})
    try:
        with Live(screen) as live:
            result, death = run_task(
                here.root,
                chosen.task,
                {"id": chosen.id, **options},
                limits=Limits(seconds=SILENCE[kind]),
                on_event=live.event,
            )
    except KeyboardInterrupt:
        again = f"tito {kind} {chosen.id}"
        message = "Interrupted. What was reached is saved; the same command carries on."
        answer.exit, answer.next = INTERRUPTED, [again]
        answer.problems.append(Problem("interrupted", message, help=again))
        screen.note(f"  {message}")
        return answer
    if death is not None or result is None:
        show_end(screen, here, kind, death, answer)
        if answer.exit == NOT_PASSED:
            remember(here, kind, chosen, "failed")
        return answer
    for line in result.get("evidence") or ():
        if isinstance(line, str) and line not in live.said:  # a checkpoint's statements have all been said
            screen.wrapped(line)
    conclude(screen, here, kind, chosen, options, result, answer)
    return answer


def conclude(
    screen: Screen,
    here: Progress,
    kind: str,
    chosen: Proof,
    options: dict[str, Any],
    result: dict[str, Any],
    answer: Answer,
) -> None:
    """Write the verdict, whose code ran, and where picture and report are."""
    whose = result.get("whose") or {}
    held = bool(result.get("passed"))
    borrowed = borrowed_names(whose)
    answer.data |= {**result, "yours": not borrowed}
    mine = list(result.get("borrowed", borrowed))  # of a checkpoint only those of its own modules count
    short = not held and bool(result.get("holds"))
    colour = "green" if held else "yellow" if short else "red"
    word = ("reached" if mine else "passed") if held else "it holds, and is not yours yet" if short else "not passed"
    screen.line(f"  {screen.paint(word, fg=colour)}: {chosen.question}")
    if whose:
        screen.line(f"  {whose_line(whose)}")
    for label in ("picture", "report"):
        if result.get(label):
            screen.line(f"  {label}: {relative(result[label], here.root)}")
    if (held or short) and mine:
        some = ", ".join(mine[:3]) + (f" and {len(mine) - 3} more" if len(mine) > 3 else "")
        screen.wrapped(f"It holds with borrowed functions; it is yours when you have written them: {some}.")
    if held or not options or chosen.id not in passed(here, kind):  # a shorter run takes nothing back
        remember(here, kind, chosen, "passed" if held and not mine else "holds" if held or short else "failed")
    if not held:
        answer.exit = NOT_PASSED
        answer.problems.append(
            Problem(
                "not-passed",
                f"{kind} {chosen.id} is not passed: {'functions are borrowed' if short else 'it does not hold'}.",
                help="tito check",
            )
        )
    answer.next = ["tito"] if held else ["tito check", "tito use"]
    screen.next(*answer.next)


def borrowed_names(whose: dict[str, Any]) -> list[str]:
    """Return the functions that are asked for and are not the learner's: not written yet, or gone."""
    return [name for name, word in (whose.get("functions") or {}).items() if word != "written"]


def whose_line(whose: dict[str, Any]) -> str:
    """Return whose code ran, in one line, with the function of the learner's that ran most often."""
    line = " · ".join(f"{word} {count}" for word, count in whose["counts"].items())
    calls = {name: count for name, count in (whose.get("calls") or {}).items() if count}
    if calls:
        name, count = max(calls.items(), key=lambda pair: pair[1])
        line += f"     your {name.rpartition('.')[2]} ran {count:,} times"
    return line


def remember(here: Progress, kind: str, chosen: Proof, outcome: str) -> None:
    """Write down what came of a proof, with a hash of the files that it is about.

    `outcome` is ``passed``, ``holds`` where functions are borrowed that count, or ``failed``.
    """
    table = here.state.read(f"{kind}s.json")
    table[chosen.id] = {
        "passed": outcome == "passed",
        "failed": outcome == "failed",
        "when": datetime.now().astimezone().isoformat("T", "seconds"),
        "files": _digest(here, chosen.modules),
    }
    here.state.write(f"{kind}s.json", table)


def passed(here: Progress, kind: str) -> set[str]:
    """Return which proofs have been passed by the files as they are."""
    return _remembered(here, kind, "passed")


def refuted(here: Progress, kind: str) -> set[str]:
    """Return which proofs the files as they are have been run for and do not pass, borrowed functions aside."""
    return _remembered(here, kind, "failed")


def _remembered(here: Progress, kind: str, outcome: str) -> set[str]:
    table = here.state.read(f"{kind}s.json")
    every = {one.id: one for one in registries()[kind]}
    return {
        id
        for id, entry in table.items()
        if id in every
        and isinstance(entry, dict)
        and entry.get(outcome) is True
        and entry.get("files") == _digest(here, every[id].modules)
    }


def _digest(here: Progress, modules: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(here.files(name).digest for name in modules).encode()).hexdigest()[:32]
