"""Measuring without learning: modes and recording, and means over all samples of a loader."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.training.checks._pieces import SUM, affine, column, line, pairs, slopes, some_training, squares
from tinytorch.tito.checks import Check, close, equals, given, raises

OWN = "Each module gets its own mode back, not that of the whole."


def _trainer(tt: Any, model: Any, metrics: Any = None, loss: Any = squares) -> Any:
    return tt.training.Trainer(model, tt.optim.SGD(model.parameters(), lr=0.1), loss, metrics)


def _probe(tt: Any) -> Any:
    """Return a module that notes, at each call, its mode and whether anybody records."""

    def forward(self: Any, x: Any) -> Any:
        seen.append((self.training, tt.tensor.is_recording()))
        return x

    seen: list[tuple[bool, bool]] = []
    return type("Probe", (tt.layers.Module,), {"forward": forward})(), seen


def _without_dropout(tt: Any, x: Any) -> Any:
    model = tt.layers.Sequential(line(tt), tt.layers.Dropout(0.5, generator=np.random.default_rng(0)))
    return _trainer(tt, model).predict(tt.tensor.Tensor(np.array(x["inputs"], np.float64)))


def _seen_within(tt: Any, x: Any) -> Any:
    probe, seen = _probe(tt)
    _trainer(tt, tt.layers.Sequential(line(tt), probe)).predict(tt.tensor.Tensor(np.ones((1, 1))))
    return seen


def _tree(tt: Any, modes: list[bool]) -> Any:
    """Return a network with as many modules as modes: a chain of boxes in boxes, each with a layer beside."""
    model = line(tt)
    while sum(1 for _ in model.modules()) + 2 <= len(modes):
        model = tt.layers.Sequential(model, tt.layers.Dropout(0.0))
    for module, mode in zip(model.modules(), modes, strict=False):
        module.training = mode
    return model


def _modes(model: Any) -> list[bool]:
    return [module.training for module in model.modules()]


def _before_and_after(tt: Any, x: Any) -> Any:
    model = _tree(tt, x["modes"])
    before = _modes(model)
    _trainer(tt, model).predict(tt.tensor.Tensor(np.ones((2, 1))))
    return {"before": before, "after": _modes(model), "recording": tt.tensor.is_recording()}


def _after_an_error(tt: Any, x: Any) -> Any:
    def forward(self: Any, x: Any) -> Any:
        raise RuntimeError("broken")

    broken = type("Broken", (tt.layers.Module,), {"forward": forward})
    model = tt.layers.Sequential(_tree(tt, x["modes"]), broken())
    before = _modes(model)
    raised = None
    try:
        _trainer(tt, model).predict(tt.tensor.Tensor(np.ones((2, 1))))
    except RuntimeError as error:
        raised = str(error)
    return {"before": before, "after": _modes(model), "recording": tt.tensor.is_recording(), "raised": raised}


def _as_before(raised: bool) -> Any:
    def oracle(x: Any) -> Any:
        # The tree has as many of these modes as fit; with an error there is the box and the broken part around it.
        size = 1 + 2 * ((len(x["modes"]) - 1) // 2)
        modes = x["modes"][:size]
        whole = [True, *modes, True] if raised else modes
        return {"before": whole, "after": whole, "recording": True} | ({"raised": "broken"} if raised else {})

    return oracle


def _evaluated(tt: Any, x: Any) -> Any:
    model = affine(tt, x["weight"], x["bias"])
    metrics = {"distance": lambda output, target: float(np.abs(output - target).mean())}
    return _trainer(tt, model, metrics).evaluate(pairs(tt, x["batches"]))


def _differences(tt: Any, x: Any) -> Any:
    def loss(output: Any, y: Any) -> Any:
        return (output - y).mean()

    metrics = {"difference": lambda output, target: float((output - target).mean())}
    return _trainer(tt, line(tt), metrics, loss).evaluate(pairs(tt, x["batches"]))


def _means(x: Any) -> dict[str, float]:
    inputs, targets = (np.concatenate([batch[i] for batch in x["batches"]]) for i in (0, 1))
    distance = np.abs(inputs @ x["weight"] + x["bias"] - targets).mean()
    return {"loss": slopes(x["weight"], x["bias"], x["batches"])[2], "distance": float(distance)}


def _traces(tt: Any, x: Any) -> Any:
    """Return what evaluating twice gave and left behind."""
    model = tt.layers.Sequential(
        tt.layers.Dropout(0.5, generator=np.random.default_rng(1)),
        tt.layers.Linear(3, 2, generator=np.random.default_rng(2)).astype(np.float64),
    )
    trainer = _trainer(tt, model)
    before = {name: np.array(value) for name, value in model.state_dict().items()}
    batches = pairs(tt, x["batches"])
    first, second = trainer.evaluate(batches), trainer.evaluate(batches)
    return {
        "twice the same": first == second,
        "weights moved": sorted(
            name for name, value in model.state_dict().items() if not np.array_equal(value, before[name])
        ),
        "gradients": sum(p.grad is not None for p in model.parameters()),
        "in training mode again": _modes(model),
    }


def _kinds(tt: Any, x: Any) -> Any:
    metrics = {"second": lambda output, target: 1.0, "first": lambda output, target: 2.0}
    found = _trainer(tt, line(tt), metrics).evaluate(pairs(tt, x["batches"]))
    return [(name, type(value).__name__) for name, value in found.items()]


def _handed(tt: Any, x: Any) -> Any:
    """Return what kinds of things a metric is given."""
    seen: set[str] = set()

    def metric(*given: Any) -> float:
        seen.update(type(one).__name__ for one in given)
        return 0.0

    _trainer(tt, line(tt), {"first": metric}).evaluate(pairs(tt, x["batches"]))
    return sorted(seen)


def _recorded(tt: Any, x: Any) -> Any:
    probe, seen = _probe(tt)
    metrics = {"first": lambda output, target: 0.0, "second": lambda output, target: 0.0}
    _trainer(tt, tt.layers.Sequential(line(tt), probe), metrics).evaluate(pairs(tt, x["batches"]))
    return seen


EVALUATING: tuple[Check, ...] = (
    Check(
        function="evaluation",
        name="dropout lets everything through",
        inputs=given(inputs=column(1, 2, 3, 4, 5, 6)),
        drive=_without_dropout,
        judge=equals(lambda x: np.array(x["inputs"], np.float64), rule="In evaluation mode dropout does nothing."),
        shown="predict({inputs}) of y = x with Dropout(0.5)",
    ),
    Check(
        function="evaluation",
        name="a part that was frozen stays frozen",
        inputs=given(modes=[True, True, False]),
        drive=_before_and_after,
        judge=equals(_as_before(False), rule=OWN),
        shown="predict of a network whose modules are in the modes {modes}",
    ),
    Check(
        function="evaluation",
        name="evaluation mode, nothing recorded",
        inputs=given(),
        drive=_seen_within,
        judge=equals(lambda x: [(False, False)], rule="Nobody asks for gradients, so no graph has to be kept."),
        kind="contract",
        shown="(training, recording) as a module sees them during predict",
    ),
    Check(
        function="evaluation",
        name="any modes come back",
        inputs=lambda rng: {"modes": rng.integers(2, size=rng.integers(1, 9)).astype(bool).tolist()},
        drive=_before_and_after,
        judge=equals(_as_before(False), rule=OWN),
        kind="property",
        seeds=20,
    ),
    Check(
        function="evaluation",
        name="modes and recording come back after an error",
        inputs=given(modes=[True, True, False]),
        drive=_after_an_error,
        judge=equals(_as_before(True), rule="What must happen after an error too stands in a `finally`."),
        kind="contract",
        shown="predict of a network whose last layer raises",
    ),
    Check(
        function="Trainer.evaluate",
        name="three samples and one sample",
        inputs=given(
            weight=np.array([[1.0]]),
            bias=np.array([0.0]),
            batches=[(column(1, 1, 1), column(0, 0, 0)), (column(3), column(0))],
        ),
        drive=_evaluated,
        judge=close(
            lambda x: {"loss": 3.0, "distance": 1.5},
            rtol=1e-12,
            because=SUM,
            rule="Means are over samples, not batches.",
        ),
        shown="batches of 3 and 1 samples with the losses 1 and 9, and distances 1 and 3",
    ),
    Check(
        function="Trainer.evaluate",
        name="means over all samples",
        inputs=some_training,
        drive=_evaluated,
        judge=close(_means, rtol=1e-10, because=SUM),
        kind="property",
        seeds=20,
    ),
    Check(
        function="Trainer.evaluate",
        name="it leaves no trace",
        inputs=lambda rng: {"batches": [(rng.normal(size=(4, 3)), rng.normal(size=(4, 2))) for _ in range(3)]},
        drive=_traces,
        judge=equals(
            lambda x: {
                "twice the same": True,
                "weights moved": [],
                "gradients": 0,
                "in training mode again": [True, True, True],
            }
        ),
        kind="aliasing",
        shown="a network with dropout, evaluated twice",
    ),
    Check(
        function="Trainer.evaluate",
        name="nothing is recorded, and each batch is computed once",
        inputs=given(batches=[(column(1), column(0)), (column(2), column(0))]),
        drive=_recorded,
        judge=equals(lambda x: [(False, False)] * 2, rule="Loss and metrics are of the same outputs."),
        kind="cost",
        shown="(training, recording) as a module sees them, for two batches, with two metrics",
    ),
    Check(
        function="Trainer.evaluate",
        name="floats, the loss first",
        inputs=given(batches=[(column(1), column(0))]),
        drive=_kinds,
        judge=equals(lambda x: [("loss", "float"), ("second", "float"), ("first", "float")]),
        kind="contract",
        shown="names and types, with the metrics second and first",
    ),
    Check(
        function="Trainer.evaluate",
        name="metrics get arrays",
        inputs=given(batches=[(column(1), column(0))]),
        drive=_handed,
        judge=equals(lambda x: ["ndarray"], rule="As in training: a metric is a number to look at."),
        kind="contract",
        shown="the types of what a metric is called with",
    ),
    Check(
        function="Trainer.evaluate",
        name="the output first, then the target",
        inputs=given(batches=[(column(5, 4), column(1, 2))]),
        drive=_differences,
        judge=close(lambda x: {"loss": 3.0, "difference": 3.0}, rtol=1e-12, because=SUM),
        kind="contract",
        shown="y = x, a loss and a metric that are the mean of output - target, x = [5, 4], target = [1, 2]",
    ),
    Check(
        function="Trainer.evaluate",
        name="the mean of nothing",
        inputs=given(weight=np.array([[1.0]]), bias=np.array([0.0]), batches=[]),
        drive=_evaluated,
        judge=raises(ValueError),
        kind="contract",
        shown="a loader without batches",
    ),
)
