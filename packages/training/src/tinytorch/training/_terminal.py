"""Curves made of characters, for terminals and logs: they need no colour and no window."""

import math
from collections.abc import Mapping, Sequence

_MARKS = "*o+x"
_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 20) -> str:
    """Draw values as a row of small bars, the smallest the lowest; the newest `width` of them.

    Values that are not finite leave a gap.
    """
    shown = list(values)[-width:]
    finite = [value for value in shown if math.isfinite(value)]
    if not finite:
        return " " * len(shown)
    low, high = min(finite), max(finite)
    span = (high - low) or 1.0
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((value - low) / span * top)] if math.isfinite(value) else " " for value in shown)


def draw_curve(columns: Mapping[str, Sequence[float]], axis: str, width: int = 60, height: int = 12) -> str:
    """Draw columns over 1, 2, 3 … as lines of text, with the smallest and the largest value at the vertical axis.

    Parameters
    ----------
    columns : mapping of str to sequence of float
        At most four, each with its own mark; values that are not finite are left out.
    axis : str
        What is counted along the horizontal axis.
    width, height : int
        Characters of the field between the axes, at most.

    Returns
    -------
    str
        Lines of ASCII characters, without a newline at the end.
    """
    if len(columns) > len(_MARKS):
        raise ValueError(f"draw_curve: {len(columns)} columns; at most {len(_MARKS)} have marks of their own")
    finite = [value for column in columns.values() for value in column if math.isfinite(value)]
    if not finite:
        return f"(no numbers to draw for {', '.join(columns) or 'anything'})"
    low, high = min(finite), max(finite)
    count = max(len(column) for column in columns.values())
    width = min(width, max(4 * count, 12)) if count > 1 else 12
    field = [[" "] * width for _ in range(height)]
    # The last column drawn lies on top, so the first is drawn last.
    for mark, column in reversed(list(zip(_MARKS, columns.values(), strict=False))):
        for i, value in enumerate(column):
            if math.isfinite(value):
                across = round(i / max(count - 1, 1) * (width - 1))
                up = round((value - low) / ((high - low) or 1.0) * (height - 1))
                field[height - 1 - up][across] = mark
    top, bottom = f"{high:.4g}", f"{low:.4g}"
    margin = max(len(top), len(bottom))
    labels = [top, *[""] * (height - 2), bottom]
    lines = [f"{label:>{margin}} |{''.join(row)}".rstrip() for label, row in zip(labels, field, strict=True)]
    legend = "   ".join(f"{mark} {name}" for mark, name in zip(_MARKS, columns, strict=False))
    numbers = f"1{count:>{width - 1}}" if count > 1 else "1"
    lines += [f"{'':>{margin}} +{'-' * width}", f"{'':>{margin}}  {numbers}  {axis}   {legend}"]
    return "\n".join(lines)
