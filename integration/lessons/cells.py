"""Runs the cells of a lesson: ``python -m integration.lessons.cells FILE`` prints what each printed, as JSON.

With a folder as a second argument, the figures that cells assign to the name ``figure`` are written there. With
``--workspace FOLDER`` the modules that a learner has there take the place of the installed ones.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinytorch.tito.lessons import Cell, as_svg, cells
from tinytorch.tito.loader import install


@dataclass
class Done(Cell):
    """A cell that has run.

    Attributes
    ----------
    printed : str
        What it prints.
    error : str
        The last line of its error; empty for none.
    figure : str
        The file that its figure was written to; empty for none.
    """

    printed: str = ""
    error: str = ""
    figure: str = ""


def run(file: Path, figures: Path | None = None) -> list[Done]:
    """Run the cells of a file, in order, in one namespace and an empty folder; write what they draw to `figures`."""
    result = [Done(**vars(cell)) for cell in cells(file.read_text("utf-8"))]
    names: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for cell in result:
            output = io.StringIO()
            earlier = names.get("figure")
            try:
                with contextlib.redirect_stdout(output):
                    code = "\n" * (cell.line - 1) + cell.code
                    exec(compile(code, str(file), "exec"), names)
                if figures and names.get("figure") is not earlier:
                    cell.figure = f"line{cell.line}.svg"
                    (figures / cell.figure).write_text(as_svg(names["figure"]), "utf-8")
            except Exception as error:
                cell.error = traceback.format_exception_only(error)[-1].strip()
            cell.printed = output.getvalue().rstrip("\n")
            if cell.error:
                break
    return result


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "agg")
    parser = argparse.ArgumentParser(prog="python -m integration.lessons.cells", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("figures", type=Path, nargs="?")
    parser.add_argument("--workspace", type=Path)
    options = parser.parse_args()
    if options.workspace:
        install(options.workspace)
    figures = options.figures and options.figures.resolve()
    sys.stdout.write(json.dumps([asdict(cell) for cell in run(options.file.resolve(), figures)]))
