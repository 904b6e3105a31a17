"""Prints what the checks catch: ``python -m integration.kill_matrix tensor [--function F] [--seeds 1000]``."""

from __future__ import annotations

import argparse
import sys

from integration.kill_matrix.matrix import MODULES, Matrix, timed


def report(matrix: Matrix, seconds: float) -> list[str]:
    """Return the lines of a module: what is wrong first, then the matrix."""
    lines = [f"## {matrix.module}: {len(matrix.checks)} checks, {len(matrix.verdicts)} mistakes, {seconds:.1f} s"]
    lines += [f"FAILS FOR THE REFERENCE  {one}" for one in matrix.failing]
    for mistake, verdict in matrix.verdicts:
        caught = "; ".join(verdict.caught_by) or "NOT CAUGHT"
        if verdict.death:
            caught = f"NOT CAUGHT: {verdict.death}"
        elif verdict.accidents and not verdict.caught_by:
            caught = f"ONLY BY ACCIDENT: {'; '.join(verdict.accidents)}"
        named = "named" if verdict.diagnosis == mistake.when else f"said: {verdict.diagnosis}"
        lines.append(f"{mistake.entry:6} {mistake.function}: when {mistake.when}\n         {caught}\n         {named}")
    lines += [f"BLANK NOT NOTICED  {name}" for name in matrix.unnoticed_blanks()]
    lines += [f"NO MISTAKE KNOWN   {name}" for name in matrix.without_mistakes()]
    lines += [f"catches nothing    {name}" for name in matrix.idle()]
    slow = sorted(zip(matrix.seconds, matrix.checks, strict=True), reverse=True)[:5]
    lines.append("slowest: " + "; ".join(f"{second:.2f} s {name}" for second, name in slow))
    total = len(matrix.verdicts)
    caught_all = total - len(matrix.uncaught())
    lines.append(
        f"caught {caught_all} of {total}; named {matrix.named()}, misnamed {len(matrix.misnamed())}; "
        f"all checks once: {sum(matrix.seconds):.2f} s"
    )
    return lines


def main() -> int:
    """Run the matrices that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m integration.kill_matrix", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=list(MODULES))
    parser.add_argument("--function", help="only its mistakes")
    parser.add_argument("--seeds", type=int, help="seeds of the reference's random checks")
    options = parser.parse_args()
    bad = False
    for module in options.modules:
        matrix, seconds = timed(module, seeds=options.seeds, only=options.function)
        sys.stdout.write("\n".join(report(matrix, seconds)) + "\n\n")
        bad |= bool(matrix.failing or matrix.uncaught() or matrix.unnoticed_blanks() or matrix.misnamed())
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
