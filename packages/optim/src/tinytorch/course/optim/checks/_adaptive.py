"""What the optimizers promise that give each parameter a step of its own length."""

from __future__ import annotations

import numpy as np

from tinytorch.course.optim.checks._alike import (
    a_thousand_steps,
    any_settings,
    laid_out_by_columns,
    not_hidden,
    only_read,
    steps_counted,
)
from tinytorch.course.optim.checks._walks import DOUBLE, SINGLE, path_of, rates, single
from tinytorch.tito.checks import Check, close, equals, given

RMSPROP = (
    Check(
        function="rmsprop_update",
        name="one length for any gradient",
        inputs=given(w=[0.0, 0.0], gradients=[[100.0, -0.5]], settings={"lr": 0.25, "alpha": 0.75}),
        drive=path_of("RMSprop"),
        # the root of v = 0.25 g² is |g| / 2
        judge=close(lambda x: single(-0.5, 0.5), rtol=1e-6, because=SINGLE),
        shown="RMSprop([w], lr=0.25, alpha=0.75), w = {w}, one step with gradient [100, -0.5]",
    ),
    Check(
        function="rmsprop_update",
        name="two steps by hand",
        inputs=given(w=0.0, gradients=[2.0, 2.0], settings={"lr": 1.0, "alpha": 0.5}),
        drive=path_of("RMSprop"),
        # v = 2 and 3, quotients 2 / root 2 and 2 / root 3
        judge=close(lambda x: single(-(2**0.5), -(2**0.5) - 2 / 3**0.5), rtol=1e-6, because=SINGLE),
        shown="RMSprop([w], lr=1, alpha=0.5), w = {w}, two steps with gradient 2",
    ),
    Check(
        function="rmsprop_update",
        name="eps is added to the root",
        inputs=given(
            w=np.zeros(2), gradients=[np.array([1e-9, 1e-15])], settings={"lr": 1.0, "alpha": 0.75, "eps": 1e-8}
        ),
        drive=path_of("RMSprop"),
        judge=close(lambda x: -x["gradients"][0] / (x["gradients"][0] / 2 + 1e-8), rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="RMSprop([w], lr=1, alpha=0.75, eps=1e-8), w = {w}, gradient [1e-9, 1e-15]",
    ),
    Check(
        function="rmsprop_update",
        name="the velocity gathers quotients without lr",
        inputs=given(
            w=np.array(0.0),
            gradient=np.array(3.0),
            lrs=[1.0, 0.125],
            settings={"alpha": 0.0, "eps": 0.0, "momentum": 0.5},
        ),
        drive=rates("RMSprop"),
        # quotients 1 and 1, velocities 1 and 1.5
        judge=close(lambda x: np.array([-1.0, -1.1875]), rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="RMSprop([w], alpha=0, eps=0, momentum=0.5), w = {w}, gradient 3 with lr=1, then with lr=0.125",
    ),
    only_read("rmsprop_update", "RMSprop", "decay", weight_decay=0.5),
    steps_counted("rmsprop_update", "RMSprop"),
    laid_out_by_columns("rmsprop_update", "RMSprop", lr=0.5, momentum=0.5),
    not_hidden("rmsprop_update", "RMSprop"),
    a_thousand_steps("rmsprop_update", "RMSprop", "as it comes"),
    a_thousand_steps(
        "rmsprop_update",
        "RMSprop",
        "with everything",
        lr=1e-3,
        alpha=0.9,
        eps=1e-4,
        weight_decay=0.05,
        momentum=0.9,
    ),
    any_settings(
        "rmsprop_update",
        "RMSprop",
        "any shapes and settings",
        lr=[0.0, 0.1],
        alpha=[0.0, 0.5, 0.99],
        eps=[1e-8, 1.0],
        weight_decay=[0.0, 0.1],
        momentum=[0.0, 0.5],
    ),
)

ADAM = (
    Check(
        function="adam_kernel",
        name="the first step is lr against the sign",
        inputs=given(w=[1.0, -2.0], gradients=[[100.0, -0.25]], settings={"lr": 0.5}),
        drive=path_of("Adam"),
        judge=close(lambda x: single(0.5, -1.5), rtol=1e-6, because=SINGLE),
        shown="Adam([w], lr=0.5), w = {w}, one step with gradient [100, -0.25]",
    ),
    Check(
        function="adam_kernel",
        name="two steps by hand",
        inputs=given(w=0.0, gradients=[1.0, 3.0], settings={"lr": 1.0, "betas": (0.5, 0.75)}),
        drive=path_of("Adam"),
        # means (0.5 · 1 + 3) / 1.5 = 7/3 and (0.75 · 1 + 9) / 1.75 = 39/7
        judge=close(lambda x: single(-1.0, -1 - 7 / 3 / (39 / 7) ** 0.5), rtol=1e-6, because=SINGLE),
        shown="Adam([w], lr=1, betas=(0.5, 0.75)), w = {w}, steps with gradients 1 and 3",
    ),
    Check(
        function="adam_kernel",
        name="AdamW shrinks what has no gradient",
        inputs=given(w=[2.0, -4.0], gradients=[[0.0, 0.0]] * 2, settings={"lr": 0.5, "weight_decay": 0.5}),
        drive=path_of("AdamW"),
        judge=equals(lambda x: np.array([[1.5, -3.0], [1.125, -2.25]], np.float32)),
        shown="AdamW([w], lr=0.5, weight_decay=0.5), w = {w}, two steps with gradient [0, 0]",
    ),
    Check(
        function="adam_kernel",
        name="eps is added to the root of the mean",
        inputs=given(w=np.zeros(2), gradients=[np.array([1e-9, 1e-15])], settings={"lr": 1.0}),
        drive=path_of("Adam"),
        judge=close(lambda x: -x["gradients"][0] / (x["gradients"][0] + 1e-8), rtol=1e-12, because=DOUBLE),
        kind="contract",
        shown="Adam([w], lr=1), w = {w}, one step with gradient [1e-9, 1e-15]",
    ),
    steps_counted("adam_kernel", "Adam", "steps are counted once for all parameters"),
    only_read("adam_kernel", "Adam", "decay", weight_decay=0.5),
    laid_out_by_columns("adam_kernel", "Adam", lr=0.5),
    not_hidden("adam_kernel", "Adam"),
    a_thousand_steps("adam_kernel", "Adam", "of Adam as it comes"),
    a_thousand_steps(
        "adam_kernel", "Adam", "of Adam with decay", lr=0.02, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1
    ),
    # Its decay takes a hundredth of a parameter in a thousand steps: only a tight tolerance sees it.
    a_thousand_steps("adam_kernel", "AdamW", "of AdamW as it comes"),
    *(
        any_settings(
            "adam_kernel",
            optimizer,
            f"any shapes and settings of {optimizer}",
            lr=[0.0, 0.1],
            betas=[(0.0, 0.0), (0.5, 0.9), (0.9, 0.999)],
            eps=[1e-8, 1.0],
            weight_decay=[0.0, 0.1],
        )
        for optimizer in ("Adam", "AdamW")
    ),
)
