"""The group of commands, and the one way in which each of them ends."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from tinytorch.tito._version import __version__
from tinytorch.tito.cli._answer import CANNOT_RUN, INTERRUPTED, OK, OUR_BUG, USAGE, Answer, Problem, Stop
from tinytorch.tito.cli._screen import Screen

# In the order in which a learner meets them.
COMMANDS = {
    "init": ("_init", "Make a workspace."),
    "start": ("_start", "Begin a module: its files appear, with the functions to write."),
    "show": ("_show", "What a function promises."),
    "check": ("_check", "Run the checks of the function at hand."),
    "watch": ("_watch", "Check on each save."),
    "hint": ("_hint", "The next of three hints."),
    "run": ("_run", "Run a script on your modules."),
    "use": ("_use", "Whose code runs, and choosing it."),
    "solution": ("_solution", "The reference beside what you wrote."),
    "reset": ("_reset", "Make a function blank again, after a copy."),
    "undo": ("_reset", "Bring back what was there before tito wrote."),
    "map": ("_map", "How far you are."),
    "checkpoint": ("_proof", "Can I …? Answered with evidence."),
    "milestone": ("_proof", "A result from history, on your own modules."),
    "clinic": ("_clinic", "Patients with a symptom: find the fault, write the test."),
    "doctor": ("_doctor", "Find what is wrong with the set-up, and repair it."),
}
WITH_JSON = {"check", "map", "checkpoint", "milestone", "doctor"}
EXITS = """\
Exit codes: 0 ok, 1 not passed, 2 wrong use, 3 cannot run (set-up, or a file does not load), 70 a mistake of tito's own,
130 interrupted."""


class Commands(click.Group):
    """Imports a command's file when it is called, and none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, if there is one of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"tinytorch.tito.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say what was meant by a command that does not exist."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1, 0.5)
            guess = f" Did you mean tito {near[0]}?" if near else " tito --help lists them."
            raise click.UsageError(f"There is no command {args[0]}.{guess}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with a line each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXITS,
)
@click.version_option(__version__, prog_name="tito")
@click.pass_context
def tito(context: click.Context) -> int:
    """Build TinyTorch yourself. Without a command: where you are, and what to do next."""
    if context.invoked_subcommand is None:
        from tinytorch.tito.cli._status import status

        return status()
    return OK


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run the command line; return its exit code.

    Whatever happens ends here: in a sentence, in one document with ``--json``, in one of six exit codes.
    """
    command = next((one for one in arguments if not one.startswith("-")), "")
    try:
        result = tito.main(arguments, prog_name="tito", standalone_mode=False)
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        # Whoever read has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (Exception, KeyboardInterrupt) as error:
        return report(command, arguments, error)


def report(command: str, arguments: list[str], error: BaseException) -> int:
    """Say what an error means; return the exit code."""
    match error:
        case KeyboardInterrupt() | click.Abort():
            return failed(command, arguments, INTERRUPTED, Problem("interrupted", "Interrupted; nothing is lost."))
        case click.UsageError():
            usage = f"tito {error.ctx.info_name} --help" if error.ctx and error.ctx.parent else "tito --help"
            return failed(command, arguments, USAGE, Problem("usage", error.format_message(), help=usage))
        case Stop():
            return failed(command, arguments, error.exit, error.problem)
    from tinytorch.tito.cli._mishap import explain, write_crash

    known = explain(error)
    if known is not None:
        return failed(command, arguments, USAGE if known.id == "unknown-name" else CANNOT_RUN, known)
    file = write_crash(error, arguments)
    last = (str(error).strip().splitlines() or [""])[-1]  # an error of a child comes with its whole traceback
    message = f"This is a mistake of tito's own ({type(error).__name__}: {last}). All about it is in {file}"
    return failed(
        command, arguments, OUR_BUG, Problem("crash", message, help="open an issue of the repository with that file")
    )


def failed(command: str, arguments: list[str], exit: int, problem: Problem) -> int:
    """Say what went wrong; return the exit code."""
    if command in WITH_JSON and "--json" in arguments:
        click.echo(json.dumps(Answer(command, exit=exit, problems=[problem], next=_next(problem)).as_json(), indent=1))
        return exit
    Screen().error(problem)
    return exit


def _next(problem: Problem) -> list[str]:
    return [problem.help] if problem.help.startswith("tito") else []
