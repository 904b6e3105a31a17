"""`tito use`: whose code runs, name by name; and choosing ours for a while."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from tinytorch.tito._version import __version__
from tinytorch.tito.cli._answer import CANNOT_RUN, OK, Stop
from tinytorch.tito.cli._here import meant, progress, task_of
from tinytorch.tito.cli._hurdles import gone, gone_step
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.exercises import home
from tinytorch.tito.loader import CHOSEN, WORDS, Provenance, provenance
from tinytorch.tito.workspace import Progress

CACHE = "cache/whose.json"


@click.command()
@click.argument("whose", required=False, type=click.Choice(["mine", "reference"]))
@click.argument("names", nargs=-1, metavar="[MODULE[.FUNCTION]]...")
@click.option("--all", "everything", is_flag=True, help="Name the given functions as well.")
def use(whose: str | None, names: tuple[str, ...], everything: bool) -> int:
    """Whose code runs; with `reference NAME` ours runs although you wrote it, with `mine NAME` yours again."""
    screen = Screen()
    here = progress()
    if whose is None:
        return listing(screen, here, everything)
    if not names:
        raise click.UsageError(f"tito use {whose} needs the name of a module or a function.")
    choose(here, whose, names)
    fresh = Progress(here.root)
    chosen = sorted(fresh.place.chosen().names)
    screen.line(f"  Ours by your choice: {', '.join(chosen)}" if chosen else "  All that you have written runs.")
    screen.next(*([f"tito use mine {chosen[0]} brings yours back"] if chosen else ["tito check"]))
    return OK


def choose(here: Progress, whose: str, names: tuple[str, ...]) -> None:
    """Set names to ours or back, all of them or, if one means nothing, none."""
    modules = set(here.place.chosen().modules)
    functions = dict(here.place.chosen().functions)
    for text in names:
        module, function = meant(text, here)
        key = f"{module.name}.{function}"
        task = task_of(module, function)
        where = home(task.exercise.file, module.name)[0] if task else module.name
        if whose == "reference" and function:
            functions[key] = where
        elif whose == "reference":
            modules.add(module.name)
        elif function and module.name in modules:
            raise Stop(CANNOT_RUN, "reference", f"All of {module.name} is set to ours.", f"tito use mine {module.name}")
        elif function:
            functions.pop(key, None)
        else:
            modules.discard(module.name)
            functions = {key: home for key, home in functions.items() if not key.startswith(f"{module.name}.")}
    here.state.write(CHOSEN, {"modules": sorted(modules), "functions": functions})


def listing(screen: Screen, here: Progress, everything: bool) -> int:
    """Write whose code runs: module by module, the listed functions by name, the given ones by number."""
    found = whose(here)
    chosen = here.place.chosen().names
    modules = list(dict.fromkeys(one.module for one in found))
    if not modules:
        screen.line("  Nothing is begun: every module is borrowed.")
        screen.next("tito start")
        return OK
    wide = max((len(one.name) for one in found if everything or one.word != "given"), default=0)
    for module in modules:
        inside = [one for one in found if one.module == module]
        words = [one.word for one in inside]
        count = {word: words.count(word) for word in WORDS if word != "gone" or word in words}
        ours = " · ours by your choice" if module in chosen else ""
        screen.line(f"{module} · " + ", ".join(f"{number} {word}" for word, number in count.items()) + ours, bold=True)
        for one in inside:
            if one.word != "given" or everything:
                screen.line(_row(one, wide, f"{module}.{one.name}" in chosen))
    borrowed = sorted({one.name for one in here.chapters} - set(modules))
    installed = [name for name in borrowed if here.module(name) is not None]
    if installed:
        screen.wrapped(f"Borrowed as a whole: {', '.join(installed)}.")
    if away := gone(here):
        screen.next(gone_step(here, away))
        return OK
    screen.next("tito use reference NAME lets ours run in the place of yours")
    return OK


def whose(here: Progress) -> list[Provenance]:
    """Return whose code runs; worked out once for files as they are."""
    from tinytorch.tito.loader import reference_folder

    stamp = [__version__, *sorted(here.place.chosen().names)]
    for module in here.place.modules():
        stamp.append(f"{module} {here.files(module).digest}")
        folder = reference_folder(module, here.place)
        files = sorted(folder.rglob("*.py")) if folder else []
        stamp += [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    key = hashlib.sha256("\n".join(stamp).encode()).hexdigest()
    table = here.state.read(CACHE)
    if table.get("key") == key:
        return [Provenance(row[0], row[1], row[2], Path(row[3]), row[4]) for row in table["rows"]]
    for module in here.place.modules():
        if (broken := here.files(module).broken) is not None:
            raise broken  # it names the file, which a reader of bytes alone cannot
    found = provenance(here.root)
    rows = [[one.module, one.name, one.word, str(one.file), one.line] for one in found]
    here.state.write(CACHE, {"key": key, "rows": rows}, careful=False)
    return found


def _row(one: Provenance, wide: int, chosen: bool) -> str:
    return f"  {one.name:<{wide}}  {one.word}{' by your choice' if chosen else ''}"
