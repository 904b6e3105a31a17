"""A judge of what NumPy does as well: its answer, or its refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinytorch.tito.checks import equals, raises


def as_numpy(oracle: Callable[[Any], Any], *mentions: Callable[[Any], str]) -> Callable[[Any, Any], None]:
    """Return a judge that wants what ``oracle(x)`` says, and a ValueError with the `mentions` where that raises one."""

    def judge(x: Any, result: Any) -> None:
        try:
            expected = oracle(x)
        except ValueError:
            raises(ValueError, *mentions)(x, result)
        else:
            equals(lambda x: expected)(x, result)

    return judge
