"""What every optimizer promises: which parameters move, by which settings, and what is left behind."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.optim.checks._alike import held_gradients, not_hidden
from tinytorch.course.optim.checks._missing import EXACT, alone, drive_missing, misses, some_missing
from tinytorch.course.optim.checks._walks import single, tensors
from tinytorch.tito.checks import Check, Raised, Wrong, close, equals, given, raises


def drive_step(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [x["w"]], [x["gradient"]])
    optimizer = tt.optim.SGD([w], lr=x["lr"])
    optimizer.step()
    return {"w": w, "w.grad": w.grad, "the optimizer's tensor is w": optimizer.param_groups[0]["params"][0] is w}


def drive_keep(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [1.0], [2.0])
    optimizer = tt.optim.SGD([w], lr=0.25)
    places, gradients = [], []
    for _ in range(2):
        optimizer.step(keep_gradients=True)
        places.append(np.array(w.numpy()))
        gradients.append(None if w.grad is None else w.grad.item())
    return {"w": np.stack(places), "w.grad": gradients}


def drive_groups(tt: Any, x: Any) -> Any:
    a, b = tensors(tt, [0.0, 0.0], [None, None])
    optimizer = tt.optim.SGD([{"params": [a], "lr": 0.5}, {"params": [b]}], lr=0.25)
    path = []
    for lr in (0.25, 4.0):
        optimizer.param_groups[1]["lr"] = lr
        for p in (a, b):
            p.grad = tt.tensor.Tensor(1.0)
        optimizer.step()
        path.append([a.item(), b.item()])
    return {"a": [one for one, _ in path], "b": [other for _, other in path]}


def drive_own_momentum(tt: Any, x: Any) -> Any:
    a, b = tensors(tt, [0.0, 0.0], [None, None])
    optimizer = tt.optim.SGD([{"params": [a]}, {"params": [b], "momentum": 0.5}], lr=1.0)
    path, left = [], []
    for _ in range(3):
        for p in (a, b):
            p.grad = tt.tensor.Tensor(1.0)
        optimizer.step()
        path.append([a.item(), b.item()])
        left.append([a.grad, b.grad])
    return {"a": [one for one, _ in path], "b": [other for _, other in path], "grads": left}


def drive_scheduled(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [0.0], [None])
    optimizer = tt.optim.SGD([w], lr=1.0)
    schedule = tt.optim.StepLR(optimizer, step_size=1, gamma=0.5)
    path = []
    for _ in range(3):
        w.grad = tt.tensor.Tensor(1.0)
        optimizer.step()
        schedule.step()
        path.append(w.item())
    return path


def drive_other_dtype(tt: Any, x: Any) -> Any:
    (w,) = tensors(tt, [single(1.0)], [np.array([1.0])])
    tt.optim.SGD([w], lr=0.5).step()
    return w


def drive_misfit(tt: Any, x: Any) -> Any:
    a, b = tensors(tt, [[1.0], [1.0, 2.0, 3.0]], [[1.0], [1.0, 2.0]])
    optimizer = tt.optim.SGD([{"params": [a]}, {"params": [b]}], lr=0.5)
    try:
        optimizer.step()
    except ValueError as error:
        return {"error": str(error), "parameters": [a, b]}
    return {"error": "", "parameters": [a, b]}


def refused(x: Any, result: Any) -> None:
    wanted = "ValueError that says (3,), (2,)"
    if isinstance(result, Raised):
        raise Wrong(wanted, result)
    if not all(each in result["error"] for each in ("(3,)", "(2,)")):
        raise Wrong(wanted, f"ValueError: {result['error']}" if result["error"] else "no error")
    if result["parameters"][0].tolist() != [1.0] or result["parameters"][1].tolist() != [1.0, 2.0, 3.0]:
        raise Wrong([single(1), single(1, 2, 3)], result["parameters"], "No parameter has changed then.")


def drive_recorded(tt: Any, x: Any) -> Any:
    w = tt.tensor.Tensor(x["w"]).requires_grad_()
    optimizer = tt.optim.SGD([w], lr=0.25)
    path = []
    for _ in range(3):
        (w * w).sum().backward()
        optimizer.step()
        path.append(np.array(w.numpy()))
    return {"path": path, "w is a leaf": w.is_leaf, "w.requires_grad": w.requires_grad}


STEP = (
    Check(
        function="Optimizer.step",
        name="w moves and its gradient is used up",
        inputs=given(w=[1.0], gradient=[1.0], lr=0.5),
        drive=drive_step,
        judge=equals(lambda x: {"w": single(0.5), "w.grad": None, "the optimizer's tensor is w": True}),
        shown="w = {w}, w.grad = {gradient}, SGD([w], lr={lr}).step()",
    ),
    Check(
        function="Optimizer.step",
        name="keep_gradients leaves them",
        inputs=given(),
        drive=drive_keep,
        judge=equals(lambda x: {"w": single(0.5, 0.0), "w.grad": [2.0, 2.0]}),
        shown="w = 1, w.grad = 2, twice SGD([w], lr=0.25).step(keep_gradients=True): w and w.grad",
    ),
    misses(
        "Optimizer.step",
        "without a gradient it stays",
        "AdamW([a, b], lr=0.5, weight_decay=0.5), a = b = 4; b has a gradient in the third step only: a and b",
        "It does not decay, and its count of steps stays.",
        optimizer="AdamW",
        settings={"lr": 0.5, "weight_decay": 0.5},
        gradients=[np.array([1.0, 1.0, -1.0]), np.array([0.0, 0.0, 8.0])],
        present=[[True, False], [True, False], [True, True]],
    ),
    Check(
        function="Optimizer.step",
        name="each group by its settings of now",
        inputs=given(),
        drive=drive_groups,
        judge=equals(lambda x: {"a": [-0.5, -1.0], "b": [-0.25, -4.25]}),
        kind="contract",
        shown="SGD of a (lr=0.5) and b (lr=0.25, then set to 4), gradients 1, two steps",
    ),
    Check(
        function="Optimizer.step",
        name="a momentum of one group alone",
        inputs=given(),
        drive=drive_own_momentum,
        judge=equals(lambda x: {"a": [-1.0, -2.0, -3.0], "b": [-1.0, -2.5, -4.25], "grads": [[None, None]] * 3}),
        kind="contract",
        shown="SGD of a and of b (momentum=0.5), lr=1, gradients 1, three steps: a, b and what is left of gradients",
    ),
    Check(
        function="Optimizer.step",
        name="under a schedule",
        inputs=given(),
        drive=drive_scheduled,
        judge=equals(lambda x: [-1.0, -1.5, -1.75]),
        kind="contract",
        shown="w = 0, gradient 1, three steps of SGD([w], lr=1), after each StepLR(step_size=1, gamma=0.5).step()",
    ),
    not_hidden("Optimizer.step", "SGD"),
    Check(
        function="Optimizer.step",
        name="a gradient of another dtype",
        inputs=given(),
        drive=drive_other_dtype,
        judge=raises(ValueError),
        kind="contract",
        shown="w of float32 with a gradient of float64",
    ),
    Check(
        function="Optimizer.step",
        name="a gradient of another shape moves nothing",
        inputs=given(),
        drive=drive_misfit,
        judge=refused,
        kind="contract",
        shown="b of shape (3,) with a gradient of shape (2,), in a group after that of a",
    ),
    Check(
        function="Optimizer.step",
        name="steps are not recorded",
        inputs=given(w=[4.0]),
        drive=drive_recorded,
        # the gradient of w² is 2 w, so w halves
        judge=equals(
            lambda x: {"path": [single(w) for w in (2, 1, 0.5)], "w is a leaf": True, "w.requires_grad": True}
        ),
        kind="contract",
        shown="w = {w}, three times (w * w).sum().backward() and SGD([w], lr=0.25).step()",
    ),
    Check(
        function="Optimizer.step",
        name="an array got from a gradient stays as it is",
        inputs=given(gradients=[[1.0, -2.0], [3.0, 0.5], [0.25, 4.0]]),
        drive=lambda tt, x: held_gradients(tt, "SGD", [1.0, 2.0], x["gradients"], {"lr": 0.5, "momentum": 0.5}),
        judge=equals(lambda x: [single(*g) for g in x["gradients"]]),
        kind="aliasing",
        shown="the arrays of the gradients {gradients}, after SGD's steps with momentum",
    ),
    Check(
        function="Optimizer.step",
        name="any of them may be missing in any step",
        inputs=some_missing,
        drive=drive_missing,
        judge=close(alone, rtol=1e-10, atol=1e-12, because=EXACT),
        kind="property",
        seeds=20,
        shown="{optimizer} with {settings}; which parameters have gradients: {present}",
    ),
)


def drive_generator(tt: Any, x: Any) -> Any:
    params = tensors(tt, [[0.0], [0.0]], [None, None])
    optimizer = tt.optim.SGD([{"params": (p for p in params)}], lr=0.5)
    left = []
    for _ in range(3):
        for p in params:
            p.grad = tt.tensor.Tensor([1.0])
        optimizer.step()
        left.append([p.grad for p in params])
    return {"params": params, "grads": left}


def drive_twice(tt: Any, x: Any) -> Any:
    w, b = tensors(tt, [[0.0, 0.0], [0.0]], [None, None])
    return tt.optim.SGD([w, b, w], lr=0.5).param_groups[0]["lr"]


ADDED = (
    Check(
        function="Optimizer.add_param_group",
        name="a generator of parameters serves every step",
        inputs=given(),
        drive=drive_generator,
        judge=equals(lambda x: {"params": [single(-1.5)] * 2, "grads": [[None, None]] * 3}),
        kind="contract",
        shown='SGD([{{"params": (p for p in [a, b])}}], lr=0.5), gradients [1], three steps: parameters, gradients',
    ),
    Check(
        function="Optimizer.add_param_group",
        name="no tensor is there twice",
        inputs=given(),
        drive=drive_twice,
        judge=raises(ValueError, rule="A tensor given twice would take two steps at once."),
        kind="contract",
        shown="SGD([w, b, w])",
    ),
    misses(
        "with_gradients",
        "one without a gradient holds up nobody",
        "SGD([a, b]) with momentum and decay; b has no gradient in the first step: a and b after each",
        optimizer="SGD",
        settings={"lr": 0.5, "momentum": 0.5, "weight_decay": 0.5},
        gradients=[np.array([1.0, 1.0]), np.array([1.0, 1.0])],
        present=[[True, False], [True, True]],
    ),
    misses(
        "Cohort.split",
        "state and count wait for who misses a step",
        "Adam([a, b], lr=0.5, betas=(0.5, 0.75)); b has no gradient in the second step: a and b after each",
        optimizer="Adam",
        settings={"lr": 0.5, "betas": (0.5, 0.75)},
        gradients=[np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -2.0])],
        present=[[True, True], [True, False], [True, True]],
    ),
)
