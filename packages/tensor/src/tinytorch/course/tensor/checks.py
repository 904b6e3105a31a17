"""What the functions of module 01 promise."""

from __future__ import annotations

import numpy as np

from tinytorch.tito.checks import Check, equals, given

CHECKS = (
    Check(
        function="Operators.__rsub__",
        name="a number on the left",
        inputs=given(left=2, right=[5.0]),
        drive=lambda tt, x: x["left"] - tt.tensor.Tensor(x["right"]),
        judge=equals(lambda x: np.array([-3.0], np.float32)),
        shown="{left} - Tensor({right})",
    ),
)
