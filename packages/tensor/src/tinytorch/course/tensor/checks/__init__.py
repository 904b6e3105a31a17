"""What the functions of module 01 promise.

Nothing here needs gradients: the derivative of broadcasting is held against its definition (`sum_to` is the adjoint of
a copy), and that an operator can be differentiated at all against what a listener hears.
"""

from __future__ import annotations

from tinytorch.course.tensor.checks._broadcasting import BROADCASTING
from tinytorch.course.tensor.checks._ladder import LADDER
from tinytorch.course.tensor.checks._layout import LAYOUT
from tinytorch.course.tensor.checks._operators import OPERATORS
from tinytorch.course.tensor.checks._products import PRODUCTS
from tinytorch.course.tensor.checks._reductions import REDUCTIONS
from tinytorch.course.tensor.checks._shapes import SHAPES
from tinytorch.course.tensor.checks._tensors import TENSORS
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (*OPERATORS, *BROADCASTING, *LAYOUT, *SHAPES, *REDUCTIONS, *LADDER, *PRODUCTS, *TENSORS)
