"""The graph as data and as a picture."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinytorch.autograd import draw_graph, graph_of, saved_bytes
from tinytorch.tensor import Tensor, ones

SVG = "{http://www.w3.org/2000/svg}"


def mlp() -> tuple[Tensor, dict[str, Tensor]]:
    x = ones(8, 5)
    names = {
        "x": x,
        "v": ones(5, 4, requires_grad=True),
        "b": ones(4, requires_grad=True),
        "w": ones(4, 3, requires_grad=True),
    }
    h = (x @ names["v"] + names["b"]).tanh()
    return ((h @ names["w"]).exp().sum(axis=1).log() - 1.0).mean(), names


def test_the_graph_names_steps_shapes_and_kept_bytes() -> None:
    loss, names = mlp()
    graph = graph_of(loss, names)
    found = [(node.kind, node.name, node.shape, node.saved) for node in graph.nodes]
    assert found == [
        ("input", "x", (8, 5), 0),
        ("leaf", "v", (5, 4), 0),
        ("step", "matmul", (8, 4), 8 * 5 * 4),  # x, not v: it is there anyway
        ("leaf", "b", (4,), 0),
        ("step", "add", (8, 4), 0),
        ("step", "tanh", (8, 4), 8 * 4 * 4),
        ("leaf", "w", (4, 3), 0),
        ("step", "matmul", (8, 3), 0),  # tanh's result, counted there
        ("step", "exp", (8, 3), 8 * 3 * 4),
        ("step", "sum", (8,), 0),
        ("step", "log", (8,), 8 * 4),  # sum's result
        ("step", "subtract", (8,), 0),
        ("step", "mean", (), 0),
    ]
    for number, node in enumerate(graph.nodes):
        assert all(parent < number for parent in node.parents)
    assert graph.nodes[7].parents == [5, 6]
    assert graph.saved == 160 + 128 + 96 + 32


def test_saved_bytes_by_operation() -> None:
    loss, _ = mlp()
    assert list(saved_bytes(loss).items()) == [("matmul", 160), ("tanh", 128), ("exp", 96), ("log", 32)]


def test_views_of_one_array_count_once() -> None:
    x = ones(10, 10, requires_grad=True)
    y = x * 1
    z = (y.reshape(100) * y.T.reshape(100)).sum()  # y and a copy of its transpose
    assert saved_bytes(z) == {"multiply": 800}


def test_a_graph_used_up_or_absent_is_named() -> None:
    loss, _ = mlp()
    loss.backward()
    with pytest.raises(RuntimeError, match="used this graph up"):
        graph_of(loss)
    with pytest.raises(RuntimeError, match="not the recorded result"):
        draw_graph(Tensor([1.0]))


def boxes(text: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(text)
    return [
        tuple(float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))  # type: ignore[misc]
        for rect in root.iter(f"{SVG}rect")
        if rect.get("rx") == "6"
    ]


def test_the_picture_is_an_svg_with_every_name_and_no_boxes_that_touch() -> None:
    loss, names = mlp()
    text = draw_graph(loss, names)
    root = ET.fromstring(text)
    words = [element.text for element in root.iter(f"{SVG}text")]
    for name in (
        "x",
        "v",
        "b",
        "w",
        "matmul",
        "tanh",
        "8 × 3 · keeps 96 B",
        "9 steps keep 416 B for the backward pass",
    ):
        assert name in words
    drawn = boxes(text)
    assert len(drawn) == 13
    assert len(list(root.iter(f"{SVG}path"))) == 12
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for i, (x, y, w, h) in enumerate(drawn):
        assert min(x, y) >= 0
        assert x + w <= width
        assert y + h <= height
        for x2, y2, w2, h2 in drawn[:i]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_every_edge_of_the_picture_runs_downwards_in_a_graph_with_long_edges() -> None:
    x = ones(3, requires_grad=True)
    y = x
    for _ in range(5):
        y = y.tanh() * x
    text = draw_graph((y + x).sum() + x.sum(), {"<x & y>": x})
    root = ET.fromstring(text)
    assert "<x & y>" in [element.text for element in root.iter(f"{SVG}text")]
    for path in root.iter(f"{SVG}path"):
        numbers = path.get("d", "").replace("M", "").replace("C", "").split()
        assert float(numbers[1]) < float(numbers[-1])
    drawn = boxes(text)
    for i, (x1, y1, w1, _) in enumerate(drawn):
        assert not any(y1 == y2 and x1 < x2 + w2 and x2 < x1 + w1 for x2, y2, w2, _ in drawn[:i])


def test_drawing_changes_nothing() -> None:
    loss, names = mlp()
    draw_graph(loss, names)
    loss.backward()
    assert names["v"].grad is not None
    assert np.isfinite(names["v"].grad.data).all()
