"""The lesson's figures, as texts in SVG: paths through the valley, and losses step by step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from tinytorch.course.optim.measurements import STEEP, Path

WIDTH, HEIGHT, MARGIN = 640, 320, 40
STRETCH = 1.5  # of y against x, in the picture of the valley
# Told apart by their dashes where colours are not.
PENS = (("#0b6e99", ""), ("#c4472b", "6 3"), ("#4b8b3b", "2 3"), ("#7a4ea3", "8 3 2 3"))
STYLE = "text{font:13px sans-serif;fill:#222}polyline,ellipse,path{fill:none}"


def _document(parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<style>{STYLE}</style>{''.join(parts)}</svg>"
    )


def _line(number: int, name: str, points: Iterable[tuple[float, float]]) -> str:
    """A line with its own pen, and its name in the legend."""
    colour, dashes = PENS[number % len(PENS)]
    pen = f'stroke="{colour}" stroke-width="1.6" stroke-dasharray="{dashes}"'
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    left, top = WIDTH - 130, 20 + 18 * number
    return (
        f'<polyline points="{drawn}" {pen}/><path d="M{left} {top - 4}h30" {pen}/>'
        f'<text x="{left + 36}" y="{top}">{name}</text>'
    )


def paths(walked: Sequence[Path]) -> str:
    """Draw paths over the valley's lines of equal height; y is drawn one and a half times as large as x."""
    scale = (WIDTH - 2 * MARGIN) / 13.0
    right, middle = WIDTH - MARGIN - 2 * scale, HEIGHT / 2 + 20

    def place(x: float, y: float) -> tuple[float, float]:
        # Beyond the picture is at its edge.
        return (
            min(max(right - (10 - x) * scale, 0.0), float(WIDTH)),
            min(max(middle - STRETCH * scale * y, 0.0), float(HEIGHT)),
        )

    parts = []
    for height in (0.5, 5.0, 20.0, 50.0, 100.0):
        x, y = math.sqrt(2 * height), math.sqrt(2 * height / STEEP)
        left, top = place(0, 0)
        radii = f'rx="{x * scale:.1f}" ry="{STRETCH * y * scale:.1f}"'
        parts.append(f'<ellipse cx="{left:.1f}" cy="{top:.1f}" {radii} stroke="#bbb"/>')
    for number, path in enumerate(walked):
        parts.append(_line(number, path.name, (place(float(x), float(y)) for x, y in path.points)))
    left, top = place(0, 0)
    parts.append(f'<path d="M{left - 5:.1f} {top:.1f}h10m-5 -5v10" stroke="#222" stroke-width="1.6"/>')
    parts.append(f'<text x="{left - 36:.1f}" y="{HEIGHT - 10}">+ the lowest point</text>')
    if walked:
        left, top = place(*(float(one) for one in walked[0].points[0]))
        parts.append(f'<circle cx="{left:.1f}" cy="{top:.1f}" r="4" fill="#222"/>')
        parts.append(f'<text x="{left + 9:.1f}" y="{top + 4:.1f}">start</text>')
    return _document(parts)


def curves(losses: Mapping[str, Sequence[float]], over: int = 20) -> str:
    """Draw the mean of the last `over` losses against the step, the losses on a scale of powers of ten."""
    means = {
        name: [sum(line[i - over : i]) / over for i in range(over, len(line) + 1)] for name, line in losses.items()
    }
    every = [math.log10(max(one, 1e-6)) for line in means.values() for one in line]
    low, high = math.floor(min(every)), max(every)
    steps = max(len(line) for line in losses.values())

    def place(step: int, loss: float) -> tuple[float, float]:
        share = (math.log10(max(loss, 1e-6)) - low) / (high - low or 1.0)
        return MARGIN + (WIDTH - 2 * MARGIN) * step / steps, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share

    parts = []
    for power in range(low, math.floor(high) + 1):
        y = place(0, 10.0**power)[1]
        parts.append(f'<path d="M{MARGIN} {y:.1f}H{WIDTH - MARGIN}" stroke="#ddd"/>')
        parts.append(f'<text x="2" y="{y + 4:.1f}">{10.0**power:g}</text>')
    parts.append(f'<text x="2" y="20">loss, mean of {over} steps</text>')
    parts.append(f'<text x="{WIDTH // 2}" y="{HEIGHT - 10}">steps, {steps} in all</text>')
    for number, (name, line) in enumerate(means.items()):
        parts.append(_line(number, name, (place(over + i, loss) for i, loss in enumerate(line))))
    return _document(parts)
