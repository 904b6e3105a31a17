"""The recorded graph as a picture: an SVG, laid out in layers, inputs above and the result below.

Three steps, each a function: a row for every node (below all its parents), an order within the rows (each node near the
middle of its neighbours), and positions (neighbours pull, boxes of a row keep their distance). Edges that pass a row
without stopping get an invisible place there, so that they run around the boxes.

References
----------
Sugiyama, Tagawa, Toda (1981), Methods for visual understanding of hierarchical system structures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from tinytorch.autograd._graph import Graph, GraphNode, graph_of
from tinytorch.tensor import Tensor

HEIGHT, GAP, SPACE, MARGIN = 44.0, 30.0, 22.0, 24.0  # of a box, between rows, between boxes, around all
CHARACTER = 6.6  # the width of one, in 12 pixel type
COLOURS = {"step": ("#ffffff", "#3b4252"), "leaf": ("#e3eefb", "#4c7fb8"), "input": ("#f2f2ee", "#8f8f86")}


@dataclass
class _Box:
    node: GraphNode | None  # None for the place where an edge passes a row
    row: int
    width: float
    x: float = 0.0  # its middle
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)


def draw_graph(tensor: Tensor, names: Mapping[str, Tensor] | None = None) -> str:
    """Return a picture of what a tensor was computed from, as the text of an SVG file.

    Each step shows its operation, the shape of its result and the bytes it keeps for the backward pass (a bar: its
    share of all); leaves are blue, inputs that want no gradient grey.

    Parameters
    ----------
    tensor : Tensor
        The result of a recorded step, before its backward pass.
    names : mapping from str to Tensor, optional
        What to call leaves and inputs: ``{**dict(model.named_parameters()), "x": batch.x}``.

    Returns
    -------
    str
        Write it into a file that ends in ``.svg``; browsers show it.

    Notes
    -----
    For graphs of up to some hundred steps; `graph_of` gives the same as data.
    """
    graph = graph_of(tensor, names)
    boxes = _boxes(graph)
    _place(boxes)
    return _svg(graph, boxes)


def _rows(graph: Graph) -> list[int]:
    """Return a row for each node: steps below all their parents, leaves and inputs right above their first use."""
    rows = [0] * len(graph.nodes)
    for number, node in enumerate(graph.nodes):
        rows[number] = max((rows[parent] + 1 for parent in node.parents), default=0)
    uses: dict[int, int] = {}
    for number, node in enumerate(graph.nodes):
        for parent in node.parents:
            uses[parent] = min(uses.get(parent, rows[number]), rows[number])
    return [
        row if node.kind == "step" else uses[i] - 1 for i, (row, node) in enumerate(zip(rows, graph.nodes, strict=True))
    ]


def _boxes(graph: Graph) -> list[_Box]:
    """Return the nodes as boxes, with further ones where an edge passes a row."""
    boxes = [
        _Box(node, row, max(len(text) for text in _texts(node)) * CHARACTER + 24)
        for node, row in zip(graph.nodes, _rows(graph), strict=True)
    ]
    for number, node in enumerate(graph.nodes):
        for parent in dict.fromkeys(node.parents):
            last = parent
            for row in range(boxes[parent].row + 1, boxes[number].row):
                boxes.append(_Box(None, row, 8.0))
                _join(boxes, last, len(boxes) - 1)
                last = len(boxes) - 1
            _join(boxes, last, number)
    return boxes


def _join(boxes: list[_Box], upper: int, lower: int) -> None:
    boxes[upper].below.append(lower)
    boxes[lower].above.append(upper)


def _place(boxes: list[_Box]) -> None:
    """Give every box its x."""
    rows: list[list[int]] = [[] for _ in range(max(box.row for box in boxes) + 1)]
    for number, box in enumerate(boxes):
        rows[box.row].append(number)
    for members in rows:
        # The computation in the middle, what it uses beside it, on either side in turn.
        steps = [i for i in members if (node := boxes[i].node) is None or node.kind == "step"]
        others = [i for i in members if i not in steps]
        members[:] = [*reversed(others[1::2]), *steps, *others[0::2]]
        _spread(boxes, members, [boxes[i].x for i in members])
    for sweep in range(24):
        for members in rows if sweep % 2 == 0 else reversed(rows):
            wanted = {i: _pull(boxes, boxes[i]) for i in members}
            if sweep < 12:
                members.sort(key=lambda i: wanted[i])
            _spread(boxes, members, [wanted[i] for i in members])


def _pull(boxes: list[_Box], box: _Box) -> float:
    """Where a box wants to be: in the middle of its neighbours, steps counting far more than what they use."""
    total = weight = 0.0
    for other in (boxes[i] for i in (*box.above, *box.below)):
        pull = 20.0 if _is_step(box) and _is_step(other) else 1.0
        total += pull * other.x
        weight += pull
    return total / weight if weight else box.x


def _is_step(box: _Box) -> bool:
    return box.node is not None and box.node.kind == "step"


def _spread(boxes: list[_Box], members: list[int], wanted: list[float]) -> None:
    """Put the boxes of a row as near as can be to where they want to be, in this order, without touching.

    Boxes that would touch are joined into groups, each at the mean of its members' wishes (least squares).
    """
    groups: list[tuple[float, float, list[int], list[float]]] = []  # left wish, weight, members, offsets
    for i, wish in zip(members, wanted, strict=True):
        group = (wish, 1000.0 if _is_step(boxes[i]) else 1.0, [i], [0.0])
        while groups:
            before, after = groups[-1], group
            end = before[0] + before[3][-1]
            reach = (boxes[before[2][-1]].width + boxes[after[2][0]].width) / 2 + SPACE
            if end + reach <= after[0]:
                break
            shift = before[3][-1] + reach
            weight = before[1] + after[1]
            left = (before[0] * before[1] + (after[0] - shift) * after[1]) / weight
            groups.pop()
            group = (left, weight, before[2] + after[2], before[3] + [shift + offset for offset in after[3]])
        groups.append(group)
    for left, _, inside, offsets in groups:
        for i, offset in zip(inside, offsets, strict=True):
            boxes[i].x = left + offset


def _texts(node: GraphNode) -> tuple[str, str]:
    """The two lines of a box."""
    shape = " × ".join(map(str, node.shape)) if node.shape else "one number"
    kind = "" if node.dtype == "float32" else f" {node.dtype}"
    kept = f" · keeps {_bytes(node.saved)}" if node.saved else ""
    return node.name, f"{shape}{kind}{kept}"


def _bytes(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def _svg(graph: Graph, boxes: list[_Box]) -> str:
    left = min(box.x - box.width / 2 for box in boxes) - MARGIN
    right = max(box.x + box.width / 2 for box in boxes) + MARGIN
    title = f"{sum(node.kind == 'step' for node in graph.nodes)} steps keep {_bytes(graph.saved)} for the backward pass"
    width = max(right - left, len(title) * CHARACTER + 2 * MARGIN)
    top = MARGIN + 26
    height = top + (max(box.row for box in boxes) + 1) * (HEIGHT + GAP) - GAP + MARGIN
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" font-family="Helvetica, Arial, sans-serif" font-size="12">'
        ),
        '<rect width="100%" height="100%" fill="#fbfbf9"/>',
        f'<text x="{MARGIN:.0f}" y="{MARGIN + 6:.0f}" fill="#3b4252" font-size="13">{escape(title)}</text>',
    ]
    for box in boxes:
        box.x -= left
    for box in boxes:
        y = top + box.row * (HEIGHT + GAP)
        lines += [_edge(box.x, y + HEIGHT, boxes[i].x, y + HEIGHT + GAP) for i in box.below]
        if box.node is None:
            lines.append(_edge(box.x, y, box.x, y + HEIGHT))
    largest = max(1, *(node.saved for node in graph.nodes))
    for box in boxes:
        if box.node is not None:
            lines += _drawn(box, box.node, top + box.row * (HEIGHT + GAP), largest)
    return "\n".join([*lines, "</svg>", ""])


def _edge(x0: float, y0: float, x1: float, y1: float) -> str:
    bend = (y0 + y1) / 2
    path = f"M{x0:.1f} {y0:.1f} C{x0:.1f} {bend:.1f} {x1:.1f} {bend:.1f} {x1:.1f} {y1:.1f}"
    return f'<path d="{path}" fill="none" stroke="#b4b8c2" stroke-width="1.4"/>'


def _drawn(box: _Box, node: GraphNode, y: float, largest: int) -> list[str]:
    x = box.x - box.width / 2
    fill, line = COLOURS[node.kind]
    name, text = map(escape, _texts(node))
    weight = ' font-weight="bold"' if node.kind == "step" else ""
    drawn = [
        (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{HEIGHT:.0f}" rx="6" fill="{fill}" '
            f'stroke="{line}" stroke-width="1.2"/>'
        ),
        f'<text x="{box.x:.1f}" y="{y + 18:.1f}" text-anchor="middle" fill="{line}"{weight}>{name}</text>',
        f'<text x="{box.x:.1f}" y="{y + 33:.1f}" text-anchor="middle" fill="#5b6270" font-size="11">{text}</text>',
    ]
    if node.saved:
        share = (box.width - 16) * node.saved / largest
        drawn.append(
            f'<rect x="{x + 8:.1f}" y="{y + HEIGHT - 6:.1f}" width="{share:.1f}" height="3" rx="1.5" fill="#d08770"/>'
        )
    return drawn
