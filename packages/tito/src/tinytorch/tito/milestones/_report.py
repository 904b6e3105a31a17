"""The report of a milestone: one HTML file that needs no network."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

BLUE, RED, GREY = "#2a6f97", "#a3331c", "#8a8a8a"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { padding: .15rem .6rem; text-align: right }
td:first-child, th:first-child { text-align: left }
tr + tr { border-top: 1px solid #ddd } .passed { color: #16703c } .missed { color: #a3331c }
.wrong { display: flex; flex-wrap: wrap; gap: .8rem } figure { margin: 0; font-size: .8rem; text-align: center }
.wrong img { width: 56px; image-rendering: pixelated; border: 1px solid #ddd } img, svg { max-width: 100% }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } tr + tr { border-color: #444 }
  .passed { color: #63c58b } .missed { color: #ee8a70 } }
"""


class Report:
    """Collects the parts of a report and writes them.

    Parameters
    ----------
    year, title, question : str
    passed : bool
    verdict : sequence of str
    """

    def __init__(self, year: str, title: str, question: str, passed: bool, verdict: Sequence[str]) -> None:
        self.heading = f"{year} · {title}"
        word = "Reached" if passed else "Not reached"
        lines = "<br>".join(html.escape(line) for line in verdict)
        self.parts = [
            f'<p>{html.escape(question)}</p><p class="{"passed" if passed else "missed"}">{word}: {lines}</p>'
        ]

    def add(self, title: str, content: str) -> None:
        """Add a part."""
        self.parts.append(f"<h2>{html.escape(title)}</h2>\n{content}")

    def facts(self, facts: Mapping[str, str]) -> None:
        """Add what the run was: settings, times, environment."""
        self.add("The run", table((), [(key, value) for key, value in facts.items()]))

    def whose(self, whose: Mapping[str, Any]) -> None:
        """Add whose code ran: of each module how much, and each written function with its calls."""
        counts = "  ·  ".join(f"{word} {count}" for word, count in whose["counts"].items())
        rows = [(name, f"{written} of {listed}") for name, (written, listed) in whose["modules"].items()]
        calls, functions = whose["calls"], whose["functions"]
        listed = [(name, word, f"{calls[name]:,}" if name in calls else "") for name, word in functions.items()]
        ran = sum(1 for name, word in functions.items() if word == "written" and calls.get(name))
        note = f"<p>{html.escape(counts)}. {ran} of your functions ran in this training.</p>"
        self.add("Whose code ran", note + table(("module", "written"), rows))
        self.add("Function by function", table(("function", "whose", "calls"), listed))

    def picture(self, heading: str, file: Path) -> None:
        """Add a picture that is there as a file."""
        data = base64.b64encode(file.read_bytes()).decode()
        self.add(heading, f'<img alt="{html.escape(heading)}" src="data:image/png;base64,{data}">')

    def curve(
        self,
        losses: Sequence[float],
        shares: Sequence[float],
        reached: float,
        target: float,
        title: str,
        file: Path,
    ) -> Path:
        """Add the curves of the run, and keep them as a file.

        Parameters
        ----------
        losses : sequence of float
            On the training images, epoch by epoch.
        shares : sequence of float
            Of the training images that were right in each epoch, in percent.
        reached, target : float
            The share of the test images that is right at the end, and what passes.
        title : str
        file : Path
            An SVG.
        """
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        figure = Figure(figsize=(7.6, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        epochs = range(1, len(losses) + 1)
        left.plot(epochs, losses, marker="o", markersize=4, color=BLUE)
        left.set(title="loss on the training images", xlabel="epoch", ylim=(0.0, None))
        right.plot(epochs, shares, marker="o", markersize=4, color=BLUE, label="training images, on the way")
        right.plot([len(losses)], [reached], "s", markersize=7, color=RED, label="test images, at the end")
        right.axhline(target, color=GREY, linestyle="--", linewidth=1, label=f"target, {target:g} %")
        right.set(title="right, in percent", xlabel="epoch", ylim=(min(*shares, reached, target) - 3.0, 101.0))
        right.legend(frameon=False, fontsize=8, loc="best")
        for axes in (left, right):
            axes.title.set_fontsize(10)
            axes.set_xlim(0.5, len(losses) + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
            axes.spines[["top", "right"]].set_visible(False)
        figure.suptitle(title, fontsize=11)
        text = io.StringIO()
        figure.savefig(text, format="svg")
        svg = text.getvalue()
        file.write_text(svg, "utf-8")
        self.add("The curve", svg[svg.index("<svg") :])
        return file

    def confusion(self, counts: np.ndarray[Any, Any], classes: Sequence[str]) -> None:
        """Add which class was taken for which: rows are what the images show, columns what was said."""
        rows = []
        for name, row in zip(classes, counts, strict=True):
            cells = [
                f'<td style="background: rgb(163 51 28 / {min(1.0, 8 * count / max(1, row.sum())):.2f})">{count}</td>'
                if name != other
                else f"<td><b>{count}</b></td>"
                for other, count in zip(classes, row, strict=True)
            ]
            rows.append(f"<tr><th>{html.escape(name)}</th>{''.join(cells)}</tr>")
        head = "".join(f"<th>{html.escape(name)}</th>" for name in classes)
        body = "\n".join(rows)
        self.add(
            "What was taken for what",
            f"<p>Rows: shown. Columns: said.</p>\n<table><tr><th></th>{head}</tr>\n{body}</table>",
        )

    def mistakes(self, images: np.ndarray[Any, Any], shown: Sequence[str], said: Sequence[str]) -> None:
        """Add the images that were wrong with the greatest score."""
        figures = [
            f'<figure><img alt="{html.escape(right)}" src="data:image/png;base64,{png(image)}">'
            f"<br>{html.escape(right)}, said {html.escape(wrong)}</figure>"
            for image, right, wrong in zip(images, shown, said, strict=True)
        ]
        self.add("Where it was surest and wrong", f'<div class="wrong">{"".join(figures)}</div>')

    def write(self, file: Path) -> Path:
        """Write the report; return the file."""
        body = "\n".join(self.parts)
        text = (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(self.heading)}</title>'
            f"<style>{STYLE}</style></head>\n<body><h1>{html.escape(self.heading)}</h1>\n{body}\n</body></html>\n"
        )
        file.write_text(text, "utf-8")
        return file


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    top = f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in head)}</tr>\n" if head else ""
    lines = (f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{top}{chr(10).join(lines)}</table>"


def png(image: np.ndarray[Any, Any]) -> str:
    """Return an image of rank 2 as a PNG in base64, dark on light as the digits were written."""
    from matplotlib.image import imsave

    memory = io.BytesIO()
    imsave(memory, image, cmap="Greys", format="png")
    return base64.b64encode(memory.getvalue()).decode()
