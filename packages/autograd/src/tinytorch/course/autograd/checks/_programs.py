"""Graphs of any form, as programs of steps: run, differentiated by another way, and counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import Generator
from tinytorch.course.autograd.checks._toys import leaf, shown, toys

CARRIED = "float64, some twenty sums and products"


def some_program(rng: Generator) -> dict[str, Any]:
    """A graph of up to 16 steps, in which any step may use any two that came before it."""
    lines = [
        (str(rng.choice(["times", "plus", "pair"])), *(int(one) for one in rng.integers(0, number, 2)))
        for number in range(1, int(rng.integers(2, 17)))
    ]
    return {"x": 0.75, "program": lines}


def _computed(tt: Any, x: Any) -> Any:
    """Run a program; return the toys and every value, the first of them the leaf."""
    t = toys(tt)
    values = [leaf(tt, [x["x"]])]
    for kind, one, other in x["program"]:
        if kind == "pair":
            first, second = t.pair(values[one])
            values.append(t.scale(t.plus(first if other % 2 else second, values[other]), factor=0.25))
        else:
            made = t.times if kind == "times" else t.plus
            values.append(t.scale(made(values[one], values[other]), factor=0.5))
    return t, values


def slope_of_a_program(tt: Any, x: Any) -> Any:
    """The derivative of the last value by the first."""
    _, values = _computed(tt, x)
    values[-1].backward()
    return shown(values[0].grad)


def carried_forward(x: Any) -> Any:
    """The oracle carries a value and its derivative from the start to the end: no graph, no order, no sums to miss."""
    duals = [(x["x"], 1.0)]
    for kind, one, other in x["program"]:
        (u, du), (v, dv) = duals[one], duals[other]
        if kind == "times":
            duals.append((u * v * 0.5, (du * v + u * dv) * 0.5))
        elif kind == "plus":
            duals.append(((u + v) * 0.5, (du + dv) * 0.5))
        else:
            factor = 2 if other % 2 else 3
            duals.append(((factor * u + v) * 0.25, (factor * du + dv) * 0.25))
    return np.array([duals[-1][1]])


def rules_of_a_program(tt: Any, x: Any) -> Any:
    t, values = _computed(tt, x)
    values[-1].backward()
    return len(t.rules)


def steps_of(x: Any) -> int:
    """How many steps the last value depends on: two for each line that is needed, three where a pair comes first."""
    needed, count = {len(x["program"])}, 0
    for number in range(len(x["program"]), 0, -1):
        if number in needed:
            kind, one, other = x["program"][number - 1]
            needed |= {one, other}
            count += 3 if kind == "pair" else 2
    return count


def graph_of_a_program(tt: Any, x: Any) -> Any:
    """For each step of the graph, in order, whether its parents come before it."""
    _, values = _computed(tt, x)
    nodes = tt.autograd.graph_of(values[-1]).nodes
    return [all(parent < number for parent in node.parents) for number, node in enumerate(nodes) if node.kind == "step"]
