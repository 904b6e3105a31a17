"""Where an optimizer keeps its state: parts of a row, pieces that fit the cache, and how many bytes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.course.optim.checks._missing import EXACT, alone, drive_missing
from tinytorch.course.optim.checks._walks import Array
from tinytorch.tito.checks import Check, Raised, Wrong, close, equals, given


def drive_parts(tt: Any, x: Any) -> Any:
    return list(tt.optim.parts([np.zeros(shape) for shape in x["shapes"]], x["row"]))


def drive_parts_of_tensors(tt: Any, x: Any) -> Any:
    return list(tt.optim.parts([tt.tensor.Tensor(np.zeros(shape)) for shape in x["shapes"]], x["row"]))


def drive_parts_write(tt: Any, x: Any) -> Any:
    for number, piece in enumerate(tt.optim.parts([np.zeros(shape) for shape in x["shapes"]], x["row"])):
        piece[...] = number + 1
    return x["row"]


def row_and_shapes(rng: np.random.Generator) -> dict[str, Any]:
    shapes = [tuple(rng.integers(0, 5, rng.integers(0, 5)).tolist()) for _ in range(rng.integers(1, 5))]
    return {"shapes": shapes, "row": rng.standard_normal(sum(int(np.prod(shape)) for shape in shapes))}


def pieces(x: Any) -> list[Array]:
    """Cut by the ends of the pieces, which are running sums of their sizes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in x["shapes"]])
    return [
        np.asarray(x["row"])[end - int(np.prod(shape)) : end].reshape(shape)
        for end, shape in zip(ends, x["shapes"], strict=True)
    ]


PARTS = (
    Check(
        function="parts",
        name="five numbers for two parameters",
        inputs=given(shapes=[(2,), (1, 3)], row=np.arange(5.0)),
        drive=drive_parts,
        judge=equals(lambda x: [np.array([0.0, 1.0]), np.array([[2.0, 3.0, 4.0]])]),
        shown="list(parts([zeros(2), zeros((1, 3))], {row}))",
    ),
    Check(
        function="parts",
        name="rows stay rows",
        inputs=given(shapes=[(), (2, 3)], row=np.arange(7.0)),
        drive=drive_parts,
        judge=equals(lambda x: [np.array(0.0), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])]),
        shown="list(parts([zeros(()), zeros((2, 3))], {row}))",
    ),
    Check(
        function="parts",
        name="pieces are views",
        inputs=given(shapes=[(2,), (2, 1), ()], row=np.zeros(5)),
        drive=drive_parts_write,
        judge=equals(lambda x: np.array([1.0, 1.0, 2.0, 2.0, 3.0]), rule="What is written into a piece is in the row."),
        kind="aliasing",
        shown="the row [0, 0, 0, 0, 0] after piece 1 was filled with 1, piece 2 with 2, piece 3 with 3",
    ),
    Check(
        function="parts",
        name="any shapes",
        inputs=row_and_shapes,
        drive=drive_parts_of_tensors,
        judge=equals(pieces),
        kind="property",
        seeds=20,
        shown="parts of shapes {shapes} of the row {row}",
    ),
)


def many_sizes(rng: np.random.Generator) -> dict[str, Any]:
    """Small ones, large ones cut into pieces, one whose columns lie one after another in memory."""
    shapes = [(3,), (), (61_001,), (5, 2), (0, 3), (130, 101), (2, 2)]
    return {
        "params": [rng.standard_normal(shape) for shape in shapes],
        "gradients": [rng.standard_normal(shape) for shape in shapes],
        "turned": rng.standard_normal((120, 100)),
    }


def drive_blocks(tt: Any, x: Any) -> Any:
    params = [*map(np.asarray, x["params"]), np.asfortranarray(x["turned"])]
    gradients = [*map(np.asarray, x["gradients"]), np.ones(x["turned"].shape)]
    size = sum(p.size for p in params)
    row = np.arange(size, dtype=np.float64)
    covered = 0
    for p, g, numbers, buffer in tt.optim.blocks(params, gradients, row, scratch=1):
        covered += p.size
        np.multiply(g, 2.0, out=buffer)
        p -= buffer
        numbers += g
    return {"covered": covered, "params": params, "row": row}


def judge_blocks(x: Any, result: Any) -> None:
    if isinstance(result, Raised):
        raise Wrong("pieces of all arrays", result)
    params = [*x["params"], x["turned"]]
    gradients = [*x["gradients"], np.ones(x["turned"].shape)]
    size = sum(p.size for p in params)
    if result["covered"] != size:
        raise Wrong(f"{size:,} elements in all pieces", f"{result['covered']:,}")
    wanted = [p - 2.0 * g for p, g in zip(params, gradients, strict=True)]
    row = np.arange(size, dtype=np.float64) + np.concatenate([g.reshape(-1) for g in gradients])
    for expected, got in zip([*wanted, row], [*result["params"], result["row"]], strict=True):
        wrong = int((expected != got).sum())
        if wrong:
            formula = "row + g" if expected is row else "p - 2 g"
            raise Wrong(f"{formula} in an array of shape {expected.shape}", f"{wrong:,} elements that are not")


BLOCKS = (
    Check(
        function="blocks",
        name="every element once and with its own number of the row",
        inputs=many_sizes,
        drive=drive_blocks,
        judge=judge_blocks,
        kind="contract",
        shown="eight arrays of 0 to 61,001 elements: p -= 2 g and row += g in pieces",
    ),
    Check(
        function="blocks",
        name="two of one shape have each their own state",
        inputs=given(
            optimizer="SGD",
            settings={"lr": 0.5, "momentum": 0.5},
            starts=[np.zeros(40_000), np.zeros(40_000)],
            gradients=[np.ones((2, 40_000)), np.full((2, 40_000), -3.0)],
            present=[[True, True]] * 2,
        ),
        drive=drive_missing,
        judge=close(alone, rtol=1e-12, because=EXACT),
        kind="contract",
        shown="SGD([a, b], lr=0.5, momentum=0.5), both of 40,000 elements, gradients 1 and -3, two steps",
    ),
)


def drive_state_bytes(tt: Any, x: Any) -> Any:
    params = [tt.tensor.Tensor(np.zeros(shape, x["dtype"])) for shape in x["shapes"]]
    groups = [{"params": params[:1]}, {"params": params[1:]}] if x["groups"] == 2 else params
    optimizer = getattr(tt.optim, x["optimizer"])(groups, **x["settings"])
    before = tt.optim.state_bytes(optimizer)
    for p in params:
        p.grad = tt.tensor.Tensor(np.zeros(p.shape, x["dtype"]))
    optimizer.step()
    return [before, tt.optim.state_bytes(optimizer)]


def drive_uneven(tt: Any, x: Any) -> Any:
    params = [tt.tensor.Tensor(np.zeros(size, dtype)) for size, dtype in zip(x["sizes"], x["dtypes"], strict=True)]
    optimizer = tt.optim.Adam(params)
    for p, there in zip(params, x["present"], strict=True):
        p.grad = tt.tensor.Tensor(np.zeros(p.shape, p.dtype)) if there else None
    optimizer.step()
    return tt.optim.state_bytes(optimizer)


def rows_of(optimizer: str, settings: dict[str, Any]) -> int:
    """How many numbers a parameter's element has in the state, by the formulas."""
    velocity = 1 if settings.get("momentum") else 0
    return {"Adam": 2, "AdamW": 2, "RMSprop": 1 + velocity, "SGD": velocity}[optimizer]


def bytes_of(x: Any) -> list[int]:
    elements = sum(math.prod(shape) for shape in x["shapes"])
    return [0, rows_of(x["optimizer"], x["settings"]) * elements * np.dtype(x["dtype"]).itemsize]


def some_optimizer(rng: np.random.Generator) -> dict[str, Any]:
    optimizer, settings = [
        ("Adam", {}),
        ("AdamW", {}),
        ("RMSprop", {}),
        ("RMSprop", {"momentum": 0.5}),
        ("SGD", {}),
        ("SGD", {"momentum": 0.5}),
    ][rng.integers(6)]
    shapes = [tuple(rng.integers(0, 5, rng.integers(0, 5)).tolist()) for _ in range(rng.integers(2, 5))]
    return {
        "optimizer": optimizer,
        "settings": settings,
        "dtype": ["float32", "float64"][rng.integers(2)],
        "shapes": shapes,
        "groups": int(rng.integers(1, 3)),
    }


STATE_BYTES = (
    Check(
        function="state_bytes",
        name="Adam keeps two numbers for each",
        inputs=given(optimizer="Adam", settings={}, dtype="float32", shapes=[(100, 10), (10,)], groups=1),
        drive=drive_state_bytes,
        judge=equals(lambda x: [0, 2 * 1010 * 4]),
        shown="state_bytes of Adam for float32 of shapes {shapes}, before the first step and after it",
    ),
    Check(
        function="state_bytes",
        name="plain descent keeps nothing",
        inputs=given(optimizer="SGD", settings={}, dtype="float32", shapes=[(100, 10), (10,)], groups=1),
        drive=drive_state_bytes,
        judge=equals(lambda x: [0, 0]),
        shown="state_bytes of SGD without momentum, before the first step and after it",
    ),
    Check(
        function="state_bytes",
        name="each by the bytes of its own numbers",
        inputs=given(sizes=[3, 5], dtypes=["float64", "float32"], present=[True, True]),
        drive=drive_uneven,
        judge=equals(lambda x: 2 * 3 * 8 + 2 * 5 * 4),
        kind="contract",
        shown="Adam of three numbers of float64 and five of float32, after a step",
    ),
    Check(
        function="state_bytes",
        name="what has never moved has no state",
        inputs=given(sizes=[3, 5], dtypes=["float32", "float32"], present=[True, False]),
        drive=drive_uneven,
        judge=equals(lambda x: 2 * 3 * 4, rule="Counted on the arrays that are there."),
        kind="contract",
        shown="Adam of three and of five numbers of float32, after a step in which the five had no gradient",
    ),
    Check(
        function="state_bytes",
        name="any optimizer and dtype in one group or two",
        inputs=some_optimizer,
        drive=drive_state_bytes,
        judge=equals(bytes_of),
        kind="property",
        seeds=20,
        shown="state_bytes of {optimizer} with {settings}, {groups} groups, {dtype} of shapes {shapes}",
    ),
)
