"""What an error that ended a run means, and whose it is: the learner's, the set-up's, or a mistake of ours."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tinytorch.tito.child._deaths import Death, is_own, place_at, too_large, unparsed
from tinytorch.tito.loader import Workspace, WorkspaceError, python_files, reference_folder
from tinytorch.tito.origin import install_line
from tinytorch.tito.records import Place
from tinytorch.tito.splice import SourceSyntaxError, SpliceError, decode, fill

NEEDED = {"numpy": "NumPy", "matplotlib": "Matplotlib", "safetensors": "safetensors"}  # what pip may not have brought
MOST_NAMED = 4  # functions in a sentence
SCRIPT = "run.py"  # of a milestone
OURS = Path(__file__).parents[1]  # tinytorch/tito


class Ran(Exception):  # noqa: N818  (carries an error, and is none)
    """Carries an error out of a part in which a learner's code runs.

    Parameters
    ----------
    functions : sequence of str
        What of theirs had run until then, by ``module.name``.
    """

    def __init__(self, functions: Sequence[str]) -> None:
        super().__init__()
        self.functions = tuple(functions)


@contextmanager
def running(functions: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Mark a part in which a learner's code runs: what goes wrong there is theirs until something shows otherwise."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Ran(functions()) from error


@dataclass(frozen=True)
class Scene:
    """Where an error came.

    Attributes
    ----------
    workspace : Path
    own : sequence of Path
        Files and folders whose lines the learner knows.
    memory : int
        The limit, in bytes.
    since : int
        When the run began, in nanoseconds.
    """

    workspace: Path
    own: Sequence[Path]
    memory: int
    since: int


def blame(error: BaseException, scene: Scene) -> Death | None:
    """Return what an error means for a learner, or None if it is a mistake of ours.

    One that comes while a learner's code runs is theirs, in whosever lines it is raised: ours are handed what theirs
    return. Only a workspace in which everything is as we wrote it shows otherwise.
    """
    if isinstance(error, Ran) and error.__cause__ is not None:
        ran, functions, error = True, error.functions, error.__cause__
    else:
        ran, functions = False, ()
    if isinstance(error, SourceSyntaxError):
        error = error.error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_own(frame.filename, scene.own)]
    if isinstance(error, SyntaxError) and error.filename and is_own(error.filename, scene.own):
        return unparsed(error)
    if not own and (lacking := set_up(error)):
        return lacking
    if not own and not isinstance(error, MemoryError | RecursionError | SystemExit):
        if not ran or untouched(scene.workspace):
            return None
    place = _place(own[-1], scene.since) if own else None
    loading = any(frame.name == "<module>" for frame in own)
    death = describe(error, place, scene.memory, loading, None if own else _told(frames), functions)
    return replace(death, functions=tuple(functions))


def describe(
    error: BaseException,
    place: Place | None,
    memory: int,
    loading: bool,
    elsewhere: traceback.FrameSummary | None,
    functions: Sequence[str],
) -> Death:
    """Return an error that is a learner's as a sentence.

    Parameters
    ----------
    error : BaseException
    place : Place or None
        Their innermost line.
    memory : int
    loading : bool
        Whether one of their files was being loaded.
    elsewhere : FrameSummary or None
        The line of ours on which it was raised, where none of theirs was at work.
    functions : sequence of str
        What of theirs had run.
    """
    name = type(error).__name__
    text = f"{name}: {error}" if str(error) else name
    if isinstance(error, MemoryError):
        return too_large(memory, 0, place, str(error))
    if isinstance(error, RecursionError):
        inside = f" `{place.function}`" if place and place.function else " A function"
        message = f"{name}:{inside} calls itself again and again without coming to an end."
        return Death("recursion", message, place, "Find the case that must not call it again, and return there.")
    if isinstance(error, SystemExit):
        message = f"The code left the program (exit code {error.code}) before it was done; that is not a pass."
        return Death("exit", message, place, "Remove the call of sys.exit or exit.")
    stop = "" if text.endswith((".", "?")) else "."
    if place is None:
        return Death("error", f"{text}{stop}\n{_used(elsewhere, functions)}")
    absent = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if absent and absent != "tinytorch" and loading:
        needed = "It is not installed here, and not needed: a module stands on NumPy, Python and its siblings."
        return Death("import", f"{text}{stop} {needed}", place, f"remove line {place.line}")
    if isinstance(error, ImportError) and loading:
        cycle = "partially initialized module" in str(error)
        because = ". Two files import each other: move one import into the function that needs it." if cycle else stop
        return Death("import", text + because, place, "See that the name is spelt as in the file it comes from.")
    help = f"fix line {place.line}, the last of yours that ran"
    return Death("load" if loading else "error", text + stop, place, help)


def _used(elsewhere: traceback.FrameSummary | None, functions: Sequence[str]) -> str:
    """Say where an error was raised, and what of the learner's had a part in it."""
    where = f"Raised in {Path(elsewhere.filename).name}, line {elsewhere.lineno}," if elsewhere else "Raised in a line"
    more = len(functions) - MOST_NAMED
    some = ", ".join(functions[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{where} which is ours and stands on what you have written" + (f": {some}." if some else ".")


def _told(frames: Sequence[traceback.FrameSummary]) -> traceback.FrameSummary | None:
    """Return the line that says most of an error: the innermost of a module or of a milestone, else tito's own."""
    for frame in reversed(frames):
        file = Path(frame.filename)
        if file.name == SCRIPT or ("tinytorch" in file.parts and not file.is_relative_to(OURS)):
            return frame
    return frames[-1] if frames else None


def _place(frame: traceback.FrameSummary, since: int) -> Place:
    line, column, end = frame.lineno or 1, frame.colno or 0, frame.end_colno or 0
    return place_at(frame.filename, line, column, end, since=since, function=frame.name)


def set_up(error: BaseException) -> Death | None:
    """Return what is missing around a workspace, if an error says so."""
    if isinstance(error, WorkspaceError):
        return Death("cannot", str(error), None, "tito doctor")
    if isinstance(error, ModuleNotFoundError):
        top, _, rest = (error.name or "").partition(".")
        if top in NEEDED:
            message = f"{NEEDED[top]} is not installed here."
            return Death("cannot", message, None, f"{sys.executable} -m pip install {top}")
        if top == "tinytorch" and _is_module(rest):
            message = f"The module {rest} is not installed here."
            return Death("cannot", message, None, install_line(rest, python=sys.executable))
    if isinstance(error, OSError):
        from tinytorch.tito.workspace import refusal

        refused = refusal(error)
        return Death("cannot", refused.message, None, refused.help) if refused else None
    return None


def _is_module(name: str) -> bool:
    from tinytorch.tito.workspace import CHAPTERS

    return any(chapter.name == name for chapter in CHAPTERS)


def untouched(workspace: Path) -> bool:
    """Return whether every file of a workspace's modules is as we wrote it: then no error is its learner's."""
    place = Workspace(workspace)
    chosen = place.chosen().modules
    for module in place.modules():
        reference = reference_folder(module, place)
        for file in python_files(place.folder(module)) if module not in chosen else ():
            original = reference / file.relative_to(place.folder(module)) if reference else None
            try:
                if original is None or fill(decode(file.read_bytes()), (ours := decode(original.read_bytes()))) != ours:
                    return False
            except (OSError, SpliceError):
                return False
    return True
