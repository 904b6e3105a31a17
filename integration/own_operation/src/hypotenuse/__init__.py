"""The length of the hypotenuse, √(x² + y²), as an operation: kernel, rule and FLOPs."""

from typing import Any

import numpy as np

from tinytorch.tensor import Array, Step, Tensor, operation, rule, sum_to


@operation("hypotenuse", flops=4)
def hypotenuse_op(step: Step, x: Array, y: Array) -> Array:
    return np.hypot(x, y)


@rule(hypotenuse_op, keeps=(0, 1), output=True)
def hypotenuse_rule(step: Step, grad: Any) -> tuple[Any, Any]:
    x, y = step.inputs
    slope = grad / step.output
    return sum_to(slope * x, step.shapes[0]), sum_to(slope * y, step.shapes[1])


def hypotenuse(x: Tensor, y: Tensor) -> Tensor:
    return hypotenuse_op(x, y)
