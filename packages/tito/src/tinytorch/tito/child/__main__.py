"""The child: reads a request, runs a learner's code, and says what became of it, one line of JSON at a time."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytorch.tito.child._blame import Scene, blame, running
from tinytorch.tito.child._deaths import Death
from tinytorch.tito.child._limits import limit_own_memory
from tinytorch.tito.child._shown import show
from tinytorch.tito.loader import WorkspaceError

if TYPE_CHECKING:
    from tinytorch.tito.checks import Check, Run
    from tinytorch.tito.records import Diagnosis

Say = Callable[[dict[str, Any]], None]
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
CANNOT_RUN = 3
DIAGNOSING = 30.0  # seconds in which the misconceptions behind failures are looked for


def own_channel() -> Say:
    """Keep standard output for answers; what is printed from now on goes to standard error."""
    descriptor = os.dup(1)
    os.dup2(2, 1)
    owner = os.getpid()

    def say(answer: dict[str, Any]) -> None:
        if os.getpid() != owner:  # a fork of the learner's code came as far as this
            os._exit(0)
        os.write(descriptor, (json.dumps(answer) + "\n").encode())

    return say


def end_with_parent() -> None:
    """Have this process end when its parent does, however that ends; standard input is empty from now on.

    Linux does it by itself. Elsewhere a thread sleeps in a read of standard input, which the parent's end closes; it
    is not used on Linux because another thread's stack may be what does not fit under the limit of memory.
    """
    descriptor = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if select.select([descriptor], [], [], 0.0)[0]:  # it ended before that
            os._exit(1)
        return
    threading.Thread(target=wait_for_end, args=(descriptor,), name="parent", daemon=True).start()


def wait_for_end(descriptor: int) -> None:
    """Read what nobody writes; when there is nobody left, end with all that the learner's code has started."""
    while os.read(descriptor, 1):
        continue
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def pass_over() -> Callable[..., None]:
    """Return what `breakpoint()` does where no debugger has a terminal: nothing, which is said once."""
    lines = iter(["breakpoint() is passed over here; tito run FILE stops there.\n"])

    def go_on(*arguments: object, **keywords: object) -> None:
        sys.stderr.write(next(lines, ""))

    return go_on


def check(request: dict[str, Any], say: Say, arm: Callable[[float], None]) -> None:
    """Run a module's checks, then look for the misconceptions behind those that failed."""
    from tinytorch.tito.checks import load_checks, modules, run_checks
    from tinytorch.tito.child._begun import not_begun
    from tinytorch.tito.child._imports import imports_record
    from tinytorch.tito.exercises import read_exercises
    from tinytorch.tito.loader import Workspace

    root, module, asked = Path(request["workspace"]), request["module"], request["functions"]
    place = Workspace(root)
    checks = [one for one in load_checks(module) if asked is None or one.function in asked]
    if asked is not None:  # a run that is stopped has said of the first ones what it could
        checks.sort(key=lambda one: asked.index(one.function))
    listed = read_exercises(module)
    blank = not_begun(place, module, listed.functions if listed else ())
    if not place.has(module):
        blank = {one.function for one in checks}
    else:
        record = imports_record(place, module)
        if asked is None or record.state == "failed":
            say({"record": asdict(record)})
    runs = []
    with running(tuple), modules(root) as (tt, _):
        arm(request["seconds"])
        getattr(tt, module)
        for one in checks:
            say({"begin": f"{one.function}: {one.name}", "function": one.function})
            arm(request["seconds"])
            run = next(run_checks([one], tt, blank=blank, root=root))
            runs.append(run)
            say({"record": asdict(run.record)})
    say({"checked": True, "allowed": DIAGNOSING})
    arm(DIAGNOSING)
    for found in misconceptions(module, list(zip(checks, runs, strict=True))):
        say({"diagnosis": asdict(found)})
    say({"done": True})


def misconceptions(module: str, checked: Sequence[tuple[Check, Run]]) -> Iterator[Diagnosis]:
    """Yield what explains the failures of each function, where something does."""
    from tinytorch.tito.checks import diagnose
    from tinytorch.tito.mistakes import read_mistakes

    mistakes = read_mistakes(module)
    for function in dict.fromkeys(run.record.function for _, run in checked if run.record.state == "failed"):
        own = [pair for pair in checked if pair[0].function == function]
        found = diagnose(module, function, [one for one, _ in own], [run for _, run in own], mistakes)
        if found:
            yield found


def task(request: dict[str, Any], say: Say, arm: Callable[[float], None]) -> None:
    """Run a function of ours that yields events."""
    import importlib

    from tinytorch.tito.tasks import CannotRunError, Context

    name, _, function = request["task"].partition(":")

    def emit(event: dict[str, Any]) -> None:
        say({"event": event})
        arm(request["seconds"])

    with Context.open(Path(request["workspace"]), emit) as context:
        arm(request["seconds"])
        say({"begun": name})  # from now on the parent waits as long as the task may be silent
        work = getattr(importlib.import_module(name), function)
        with running(lambda: [one for one, count in context.calls().items() if count]):
            try:
                for event in work(context, request["options"]):
                    emit(event)
            except CannotRunError as error:
                say({"death": asdict(Death("cannot", str(error), None, error.help))})


def program(request: dict[str, Any]) -> None:
    """Become a program: its path, its arguments, its name."""
    import runpy

    from tinytorch.tito.loader import install

    first, *rest = request["arguments"]
    sys.excepthook = show
    install(request["workspace"])
    if first == "-c":
        sys.path.insert(0, "")
        sys.argv = ["-c", *rest[1:]]
        names = {"__name__": "__main__", "__builtins__": __builtins__}
        exec(compile(rest[0], "<string>", "exec"), names)  # noqa: S102  (what it was asked to run)
    elif first == "-m":
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(first).resolve().parent))
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


def main() -> int:
    """Serve one request: the file that is named, or standard input."""
    if len(sys.argv) > 1:
        return run(json.loads(Path(sys.argv[1]).read_text("utf-8")), None)
    if sys.platform == "win32":  # what becomes of Ctrl-C there, see `interrupt`; of itself it would end the process
        signal.signal(signal.SIGBREAK, signal.default_int_handler)
    request = json.loads(sys.stdin.buffer.readline())
    end_with_parent()
    sys.breakpointhook = pass_over()
    return run(request, own_channel())


def run(request: dict[str, Any], say: Say | None) -> int:
    """Set the limits, then do what is asked."""
    root = Path(request["workspace"])
    dump = Path(request["dump"]).open("w", encoding="utf-8")  # noqa: SIM115  (open until the process ends)
    faulthandler.enable(dump)

    def arm(seconds: float) -> None:
        faulthandler.cancel_dump_traceback_later()
        if seconds:
            try:
                faulthandler.dump_traceback_later(seconds, exit=True, file=dump)
            except RuntimeError:  # no room for its thread: what a failed check held may wait to be collected
                gc.collect()
                faulthandler.dump_traceback_later(seconds, exit=True, file=dump)

    if request["memory"]:
        limit_own_memory(request["memory"])
    if say is None:
        arm(request["seconds"])
        try:
            program(request)
        except WorkspaceError as error:
            sys.stderr.write(f"error: {error}\n  Next: tito doctor\n")
            return CANNOT_RUN
        return 0
    try:
        {"check": check, "task": task}[request["do"]](request, say, arm)
    except KeyboardInterrupt:
        return 130
    except BaseException as error:
        own = [Path(place) for place in request.get("own") or [root]]
        death = blame(error, Scene(root, own, request["memory"], request["since"]))
        if death is not None:
            say({"death": asdict(death)})
        else:
            say({"bug": "".join(traceback.format_exception(error.__cause__ or error))})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
