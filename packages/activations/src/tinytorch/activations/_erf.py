"""The error function, which NumPy lacks, and the tail of the normal distribution that it comes from.

The tail is computed as Cody does: a factor e^(-z²/2) that carries its size over hundreds of powers of ten, times a
quotient of two polynomials for the smooth rest (the Mills ratio). Here one quotient serves all z >= 0. Its
coefficients, all positive so that no sum cancels, were fitted for the least largest relative error (Lawson's iteration
in 60 digits).

References
----------
Cody (1969), Rational Chebyshev approximations for the error function, Mathematics of Computation 23.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.activations._floating import floating
from tinytorch.tensor import Array, Step, Tensor, operation, rule

# From the constant upwards. The relative error of the quotient is 6.2e-9 and 5.3e-17.
NUMERATOR_32 = (0.5000000030737327, 0.43900721522730146, 0.18376371630220237, 0.04081164699936144, 0.004142845962254582)
DENOMINATOR_32 = (
    1.0, 1.6758994280873336, 1.2046967427583286, 0.47086618391790913, 0.102305836455343, 0.010384460923892204,
)  # fmt: skip
NUMERATOR_64 = (
    0.5, 0.7752548294909258, 0.5945986535105101, 0.2897275173398674, 0.09787673297745872, 0.023676663012659423,
    0.0041008431232289035, 0.0004920861466606199, 3.7405866890690605e-05, 1.3924647586798107e-06,
)  # fmt: skip
DENOMINATOR_64 = (
    1.0, 2.3483942197847067, 2.5629447976662605, 1.716153529298799, 0.7831559690253863, 0.25543233898246054,
    0.06057508963563701, 0.01037305191528367, 0.0012369674405006718, 9.376260358325295e-05, 3.4903915355438e-06,
)  # fmt: skip

# From here on the tail is 0 in the type; infinity, of which the quotient would make NaN, is kept away.
FARTHEST_32 = 15.0
FARTHEST_64 = 40.0

# erf(x) = x · Σ coefficient · x^2k, Maclaurin's series; for |x| <= 1/2 the first term left out is below 1e-17.
SERIES = tuple(2 / math.sqrt(math.pi) * (-1) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(12))


def farthest(dtype: Any) -> float:
    """Return from where on `tail` is 0 in a type; `tail` takes no larger arguments."""
    return FARTHEST_32 if dtype == np.float32 else FARTHEST_64


def polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Return c0 + c1 x + c2 x² + …, by Horner's rule in one buffer."""
    result: Array = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        result += c
        result *= x
    result += coefficients[0]
    return result


def tail(z: Array) -> tuple[Array, Array]:
    """Return the probability that a normal number exceeds z, 1 - Φ(z), and the factor e^(-z²/2) in it.

    Parameters
    ----------
    z : ndarray of float32 or float64
        From 0 to `farthest`.

    Notes
    -----
    The relative error is a few units in the last place, times z² for the rounding of the exponent.
    """
    single = z.dtype == np.float32
    bell = np.empty(z.shape, z.dtype)
    np.multiply(z, z, out=bell)
    bell *= -0.5
    np.exp(bell, out=bell)
    result = polynomial(NUMERATOR_32 if single else NUMERATOR_64, z)
    result /= polynomial(DENOMINATOR_32 if single else DENOMINATOR_64, z)
    result *= bell
    return result, bell


@operation("erf", flops=30)
def erf_op(step: Step, x: Array) -> Array:
    distance: Array = np.abs(x)
    z = np.minimum(distance * math.sqrt(2), farthest(x.dtype))
    far = 1 - 2 * tail(z)[0]
    # Near 0 that is a difference of equal numbers: there the series keeps the relative accuracy.
    near = np.minimum(distance, 0.5)
    near *= polynomial(SERIES, near * near)
    result: Array = np.copysign(np.where(distance < 0.5, near, far), x)
    return result


@rule(erf_op, keeps=(0,))
def erf_rule(step: Step, grad: Any) -> Any:
    x = step.inputs[0]
    return grad * (np.exp(-x * x) * (2 / math.sqrt(math.pi)))


def erf(x: Tensor) -> Tensor:
    """Return the error function of each element, 2/√π times the integral of e^(-t²) from 0 to x.

    Parameters
    ----------
    x : Tensor, any shape
        Integers are computed as float32.

    Returns
    -------
    Tensor, the shape of `x`
        From -1 at -inf to 1 at inf, odd. The relative error is below 1e-15 in float64 and 3e-7 in float32.
        NaN stays NaN.

    Notes
    -----
    A normal number lies below x with probability (1 + erf(x/√2)) / 2. The derivative is 2/√π e^(-x²). About sixty
    passes over the elements; `gelu` takes a shorter way.

    References
    ----------
    Cody (1969), Rational Chebyshev approximations for the error function, Mathematics of Computation 23.

    Examples
    --------
    >>> erf(Tensor([-1e4, 0.0, 0.5, 1e4]))
    Tensor([-1.       ,  0.       ,  0.5204999,  1.       ])
    """
    return erf_op(floating(x))
