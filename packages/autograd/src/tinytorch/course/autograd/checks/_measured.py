"""A slope that is measured: where `gradcheck` computes the function it is given, and what it takes for right."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.course.autograd.checks._draws import Array
from tinytorch.tito.checks import Check, Raised, Wrong, close, equals, given


def _power(tt: Any, seen: list[Any], claimed: Any, exponent: int = 3) -> Any:
    """Return x³ (or x) as an operation whose rule claims a slope, and which notes where it was computed."""

    def kernel(step: Any, x: Any) -> Any:
        seen.append(x.copy())
        return x * x * x if exponent == 3 else x * 1.0

    power = tt.tensor.operation("check_power")(kernel)
    tt.tensor.rule(power)(lambda step, grad: grad * np.asarray(claimed))
    return power


class _Ones:
    """A generator that weighs every output with 1, so that the numbers in a message are the slopes themselves."""

    def __init__(self) -> None:
        self._other = np.random.default_rng(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._other, name)

    def uniform(self, low: float, high: float, size: Any) -> Array:
        """Draw ones."""
        return np.ones(size)

    def choice(self, options: Any, size: Any) -> Array:
        """Draw ones."""
        return np.ones(size)


def _checked(tt: Any, x: Any) -> Any:
    """Return what gradcheck says to a rule that claims certain slopes: True, or its error."""
    tensor = tt.tensor.Tensor(x["x"], dtype=np.float64)
    power = _power(tt, [], x["claimed"], x.get("exponent", 3))
    return tt.autograd.gradcheck(power, tensor, eps=x["eps"], atol=1e-9, rtol=0.0, generator=_Ones())


def _places(tt: Any, x: Any) -> Any:
    """Return where the function was computed, in order, without the first times, for which nothing has moved."""
    seen: list[Any] = []
    tensor = tt.tensor.Tensor(x["x"], dtype=np.float64)
    tt.autograd.gradcheck(_power(tt, seen, 0.0), tensor, eps=x["eps"], atol=1e300)
    return [place for place in seen if not np.array_equal(place, x["x"])]


def _moved(tt: Any, x: Any) -> Any:
    """Return for each place at which the function was computed how many elements are not the number they were."""
    return [int(np.count_nonzero(place != np.asarray(x["x"]))) for place in _places(tt, x)]


def _difference(x: Any, eps: float) -> Array:
    """((v + h)³ - (v - h)³) / 2h, multiplied out."""
    v = np.asarray(x, np.float64)
    h = eps * np.maximum(1.0, np.abs(v))
    return np.asarray(3 * v * v + h * h)


def _both_sides(x: Any, result: Any) -> None:
    """Two places an element: it alone has moved, by eps max(1, |v|), once up and once down."""
    values = np.asarray(x["x"], np.float64)
    wanted = []
    for index in np.ndindex(values.shape):
        for side in (1, -1):
            place = values.copy()
            place[index] += side * x["eps"] * max(1.0, abs(values[index]))
            wanted.append(place)
    expected = sorted(map(np.ndarray.tolist, wanted))
    rule = "Each element moves alone, to either side by eps · max(1, |element|), and is put back."
    if isinstance(result, Raised):
        raise Wrong(expected, result, rule)
    got = sorted(np.asarray(place).tolist() for place in result)
    close(lambda x: expected, rtol=1e-12, because="adding and taking away round once each", rule=rule)(x, got)


def _claims(rng: np.random.Generator) -> dict[str, Any]:
    x = rng.uniform(-3.0, 3.0, tuple(int(size) for size in rng.integers(1, 4, int(rng.integers(0, 3)))))
    eps = float(rng.choice([0.5, 0.25, 0.125]))
    return {"x": x, "eps": eps, "claimed": _difference(x, eps)}


_claim = partial(
    Check,
    function="central_difference",
    drive=_checked,
    shown="gradcheck of x³ at {x} with eps = {eps}, its rule claiming {claimed}",
)

MEASURED: tuple[Check, ...] = (
    _claim(
        name="x³ between 1 and 3",
        inputs=given(x=[2.0], eps=0.5, claimed=[13.0]),
        judge=equals(lambda x: True, rule="A step of 0.5 · 2 to either side of 2: (27 - 1) / (3 - 1) = 13."),
    ),
    Check(
        function="central_difference",
        name="where it looks",
        inputs=given(x=[3.0, -0.5], eps=0.25),
        drive=_places,
        judge=_both_sides,
        kind="contract",
        shown="the places at which gradcheck computes a function of {x} with eps = {eps}",
    ),
    Check(
        function="central_difference",
        name="put back bit for bit",
        inputs=given(x=[0.1, 1.3, 1000.1], eps=1e-3),
        drive=_moved,
        judge=equals(lambda x: [1] * 6, rule="Adding and taking away round: the old number has to be kept."),
        kind="contract",
        shown="how many elements of {x} are not what they were, at each place that gradcheck looks at",
    ),
    _claim(
        name="at 0 as anywhere",
        inputs=given(x=[0.0], eps=0.5, claimed=[0.25]),
        judge=equals(lambda x: True, rule="Below 1 the step is eps itself: (0.125 + 0.125) / 1."),
        kind="contract",
    ),
    _claim(
        name="a step that does not survive rounding",
        inputs=given(x=[1000.1], eps=1e-15, claimed=[1.0], exponent=1),
        judge=equals(lambda x: True, rule="What divides the rise is the distance of the two places as it was rounded."),
        kind="contract",
        shown="gradcheck of x · 1 at {x} with eps = {eps}, its rule claiming {claimed}",
    ),
    _claim(
        name="the polynomial, anywhere",
        inputs=_claims,
        judge=equals(lambda x: True),
        kind="property",
        seeds=20,
    ),
    Check(
        function="central_difference",
        name="two runs an element",
        inputs=given(x=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], eps=0.5),
        drive=lambda tt, x: len(_places(tt, x)),
        judge=equals(lambda x: 12, rule="Six elements, two sides each: this is why nobody trains by measuring."),
        kind="cost",
        shown="the runs in which something has moved, for x = {x}",
    ),
)
