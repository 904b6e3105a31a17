"""`tito run`: any script on the learner's modules, with limits."""

from __future__ import annotations

from pathlib import Path

import click

from tinytorch.tito.cli._answer import CANNOT_RUN, OK, Problem
from tinytorch.tito.cli._here import root
from tinytorch.tito.cli._screen import Screen

SECONDS = 600.0


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": ["--help"]}
)
@click.option("--no-limits", is_flag=True, help="As long and as large as the machine allows.")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="FILE | -m MODULE | -c CODE ...")
def run(arguments: tuple[str, ...], no_limits: bool) -> int:
    """Run FILE, a module or code on your modules; what you have not written is borrowed.

    It may take ten minutes and 4 GB. The exit code is the program's.
    """
    from tinytorch.tito.child import Limits, run_program

    if arguments[0] in ("-c", "-m") and len(arguments) == 1:
        raise click.UsageError(f"{arguments[0]} needs something to run.")
    folder = root()
    if arguments[0] not in ("-c", "-m") and not Path(arguments[0]).exists():
        raise click.UsageError(f"There is no file {arguments[0]}.")
    code, death = run_program(folder, arguments, limits=None if no_limits else Limits(seconds=SECONDS))
    if death is None:
        return code
    help = death.help or ("tito run --no-limits ..." if death.kind in ("time", "memory") else "")
    Screen().error(Problem(death.kind, death.message, death.place, help))
    return code if code != OK else CANNOT_RUN
