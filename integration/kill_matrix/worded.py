"""Wrong functions as people word them: ``python -m integration.kill_matrix.worded [MODULE ...]`` says what is told.

The mistakes of mistakes.toml are edits of the reference, and keep what stands around the slip. Those of ``worded/``
were written from signature and docstring alone, and few make one mistake only: some leave out an error, or a case, or
write another type. Each comes with the sentences that are true of it, or with none.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

from integration.kill_matrix.matrix import MODULES, Trial, named, processes, rightly, tried

from tinytorch.tito.checks import load_checks, mistaken
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.mistakes import Mistake, read_mistakes

FOLDER = Path(__file__).parent / "worded"


@dataclass(frozen=True)
class Worded:
    """A wrong function.

    Attributes
    ----------
    module, function : str
    body : str
    true : tuple of str
        The sentences of mistakes.toml that are true of it.
    told : str or None
        What a learner is told.
    failed : bool
        Whether the checks came to their end, and one failed.
    """

    module: str
    function: str
    body: str
    true: tuple[str, ...]
    told: str | None = None
    failed: bool = True

    @property
    def verdict(self) -> str:
        """``right``, ``silent`` (also where there is nothing to say) or ``wrong``."""
        if self.told is None:
            return "silent" if self.true else "right"
        return "right" if self.told in self.true else "wrong"


def read(module: str) -> list[Worded]:
    """Return the wrong functions of a module, not tried yet."""
    table = tomllib.loads((FOLDER / f"{module}.toml").read_text("utf-8"))
    return [Worded(module, one["function"], one["body"], tuple(one["true"])) for one in table["worded"]]


def _job(arguments: tuple[str, Mistake]) -> Trial:
    module, mistake = arguments
    own = [check for check in load_checks(module) if check.function == mistake.function]
    return tried(mistake.function, own, mistaken(module, mistake))


def told(module: str) -> list[Worded]:
    """Return the wrong functions of a module with what their authors are told."""
    listed = read_exercises(module)
    files = {one.name: one.file for one in (listed.functions if listed else ())}
    written = read(module)
    functions = {one.function for one in written}
    seeded = [Mistake("worded", one.function, files[one.function], "it was written so", one.body) for one in written]
    catalogued = [one for one in read_mistakes(module) if one.function in functions]
    load_checks(module)
    with processes() as pool:
        known = list(zip(catalogued, of_own_checks(module, catalogued, pool), strict=True))
        found = of_own_checks(module, seeded, pool)
        right = pool.map(rightly, [module])[0]
    result = []
    for one, trial in zip(written, found, strict=True):
        said = named(trial, one.function, known, right)
        failed = not trial.death and bool(trial.failed or trial.accidents)
        result.append(Worded(one.module, one.function, one.body, one.true, said, failed))
    return result


def of_own_checks(module: str, mistakes: list[Mistake], pool: Pool) -> list[Trial]:
    """Return the trials of mistakes by the checks of their functions alone."""
    return pool.map(_job, [(module, one) for one in mistakes], chunksize=1)


def main() -> int:
    """Print what the authors of the modules' wrong functions are told, if it is not what is true of them."""
    parser = argparse.ArgumentParser(prog="python -m integration.kill_matrix.worded", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=list(MODULES))
    every: list[Worded] = []
    for module in parser.parse_args().modules:
        found = told(module)
        every += found
        for one in found:
            if one.verdict != "right" or not one.failed:
                sys.stdout.write(
                    f"{one.verdict if one.failed else 'NOT FAILED'}  {one.function}: {'; or '.join(one.true)}\n"
                )
                sys.stdout.write(f"        said: {one.told}\n" if one.told else "")
        sys.stdout.write(f"{module}: {summary(found)}\n")
        sys.stdout.flush()
    sys.stdout.write(f"all: {summary(every)}\n")
    return int(any(one.verdict == "wrong" or not one.failed for one in every))


def summary(found: list[Worded]) -> str:
    """Return how many are told what, as a line."""
    known = [one for one in found if one.true]
    right, silent = (sum(one.verdict == verdict for one in known) for verdict in ("right", "silent"))
    wrong = sum(one.verdict == "wrong" for one in found)
    return (
        f"{right} of {len(known)} named rightly, {silent} not, {wrong} of {len(found)} wrongly "
        f"({len(found) - len(known)} are none of the catalogued)"
    )


if __name__ == "__main__":
    sys.exit(main())
