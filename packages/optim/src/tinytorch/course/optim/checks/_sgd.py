"""What gradient descent promises, with and without a velocity."""

from __future__ import annotations

from tinytorch.course.optim.checks._alike import (
    a_thousand_steps,
    any_settings,
    laid_out_by_columns,
    not_hidden,
    only_read,
    steps_counted,
)
from tinytorch.course.optim.checks._walks import path_of, rates, single
from tinytorch.tito.checks import Check, close, equals, given

SGD = (
    Check(
        function="sgd_update",
        name="one step downhill",
        inputs=given(w=[1.0, 2.0], gradients=[[10.0, -10.0]], settings={"lr": 0.1}),
        drive=path_of("SGD"),
        judge=close(lambda x: single(0.0, 3.0), rtol=0, atol=1e-6, because="two roundings of float32 near 3"),
        shown="SGD([w], lr=0.1), w = {w}, one step with gradient [10, -10]",
    ),
    Check(
        function="sgd_update",
        name="a velocity gathers",
        inputs=given(w=0.0, gradients=[1.0, 1.0, 1.0], settings={"lr": 1.0, "momentum": 0.5}),
        drive=path_of("SGD"),
        # velocities 1, 1.5, 1.75
        judge=equals(lambda x: single(-1.0, -2.5, -4.25)),
        shown="SGD([w], lr=1, momentum=0.5), w = {w}, three steps with gradient 1",
    ),
    Check(
        function="sgd_update",
        name="Nesterov looks ahead",
        inputs=given(w=0.0, gradients=[1.0, 1.0], settings={"lr": 1.0, "momentum": 0.5, "nesterov": True}),
        drive=path_of("SGD"),
        # velocities 1 and 1.5, directions 1 + 0.5 and 1 + 0.75
        judge=equals(lambda x: single(-1.5, -3.25)),
        shown="SGD([w], lr=1, momentum=0.5, nesterov=True), w = {w}, two steps with gradient 1",
    ),
    Check(
        function="sgd_update",
        name="a new learning rate acts on the whole velocity",
        inputs=given(w=0.0, gradient=1.0, lrs=[1.0, 0.125], settings={"momentum": 0.5}),
        drive=rates("SGD"),
        judge=equals(lambda x: single(-1.0, -1.1875), rule="lr multiplies the velocity when used."),
        kind="contract",
        shown="SGD([w], momentum=0.5), w = {w}, gradient 1 with lr=1, then with lr=0.125",
    ),
    Check(
        function="sgd_update",
        name="the first gradient is the whole velocity",
        inputs=given(w=0.0, gradients=[1.0] * 3, settings={"lr": 1.0, "momentum": 0.5, "dampening": 0.5}),
        drive=path_of("SGD"),
        # velocities 1, 0.5 + 0.5, 0.5 + 0.5
        judge=equals(lambda x: single(-1.0, -2.0, -3.0)),
        kind="contract",
        shown="SGD([w], lr=1, momentum=0.5, dampening=0.5), w = {w}, three steps with gradient 1",
    ),
    Check(
        function="sgd_update",
        name="the decay is part of the gradient",
        inputs=given(w=4.0, gradients=[0.0, 0.0], settings={"lr": 0.5, "momentum": 0.5, "weight_decay": 0.5}),
        drive=path_of("SGD"),
        # velocity 0.5 * 4 = 2, so w = 3; velocity 0.5 * 2 + 0.5 * 3 = 2.5, so w = 1.75
        judge=equals(lambda x: single(3.0, 1.75)),
        kind="contract",
        shown="SGD([w], lr=0.5, momentum=0.5, weight_decay=0.5), w = {w}, two steps with gradient 0",
    ),
    Check(
        function="sgd_update",
        name="the first step is known by the count, not by the velocity",
        inputs=given(w=0.0, gradients=[0.0, 1.0], settings={"lr": 1.0, "momentum": 0.5, "dampening": 0.5}),
        drive=path_of("SGD"),
        # velocities 0 and 0.5
        judge=equals(lambda x: single(0.0, -0.5), rule="Dampening takes its share of each gradient but the first."),
        kind="contract",
        shown="SGD([w], lr=1, momentum=0.5, dampening=0.5), w = {w}, steps with gradients 0 and 1",
    ),
    Check(
        function="sgd_update",
        name="nothing to dampen without a velocity",
        inputs=given(w=0.0, gradients=[1.0, 1.0], settings={"lr": 1.0, "dampening": 0.5}),
        drive=path_of("SGD"),
        judge=equals(lambda x: single(-1.0, -2.0), rule="Without momentum u is the gradient."),
        kind="contract",
        shown="SGD([w], lr=1, dampening=0.5), w = {w}, two steps with gradient 1",
    ),
    only_read("sgd_update", "SGD", "momentum and decay", momentum=0.5, weight_decay=0.5),
    steps_counted("sgd_update", "SGD", momentum=0.5),
    steps_counted("sgd_update", "SGD", "steps are counted without momentum as well"),
    laid_out_by_columns("sgd_update", "SGD", lr=0.5, momentum=0.5, weight_decay=0.5),
    not_hidden("sgd_update", "SGD"),
    a_thousand_steps("sgd_update", "SGD", "with momentum", lr=0.001, momentum=0.9, weight_decay=0.1, dampening=0.25),
    a_thousand_steps(
        "sgd_update", "SGD", "of Nesterov's form", lr=0.001, momentum=0.9, weight_decay=0.1, nesterov=True
    ),
    any_settings(
        "sgd_update",
        "SGD",
        "any shapes and settings",
        lr=[0.0, 0.1, 1.0],
        momentum=[0.0, 0.5, 1.0],
        weight_decay=[0.0, 0.1],
        dampening=[0.0, 0.5],
    ),
)
