"""Where the state of parameters lives: one array for all parameters that have taken the same steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tinytorch.optim._blocks import SMALL, parts
from tinytorch.tensor import Array, Tensor, zeros


class Cohort:
    """Parameters of one group and dtype that have taken exactly the same steps.

    One update serves them all. A parameter that misses a step, having no gradient, leaves with its part of the state
    and its own count (`split`).

    Attributes
    ----------
    params : list of Tensor
        Large ones first, so that small ones are neighbours and are gathered together.
    count : Tensor
        How many steps they have taken: int64, rank 0.
    names : tuple of str
        What the rows of the state are.
    state : Tensor or None
        (names, elements of all parameters), in the order of `params`. None before the first step.
    """

    __slots__ = ("count", "names", "params", "state")

    def __init__(self, params: Iterable[Tensor], count: int = 0) -> None:
        self.params = sorted(params, key=lambda p: p.nbytes <= SMALL)  # stable: otherwise in the order given
        self.count = Tensor(count)
        self.names: tuple[str, ...] = ()
        self.state: Tensor | None = None

    def prepare(self, names: tuple[str, ...]) -> Tensor:
        """Return the state, zeros if it is not there yet or is not of these names."""
        if self.state is None or self.names != names:
            self.names = names
            self.state = zeros(len(names), sum(p.size for p in self.params), dtype=self.params[0].dtype)
        return self.state

    def rows(self) -> dict[int, list[Array]]:
        """Return read-only views of the state of each parameter, by its id, in its shape, one for each name."""
        found: dict[int, list[Array]] = {id(p): [] for p in self.params}
        if self.state is not None:
            for row in self.state.data:
                for p, part in zip(self.params, parts(self.params, row), strict=True):
                    found[id(p)].append(part)
        return found

    def fill(self, names: tuple[str, ...], rows: Mapping[int, Sequence[Array]]) -> None:
        """Set the state, given as `rows` returns it."""
        with self.prepare(names).edit() as state:
            for i, row in enumerate(state):
                for p, part in zip(self.params, parts(self.params, row), strict=True):
                    part[...] = rows[id(p)][i]

    def split(self) -> list[Cohort]:
        """Return a cohort of the parameters that have a gradient and one of the others, with their state."""
        halves = []
        for wanted in (True, False):
            half = Cohort([p for p in self.params if (p.grad is not None) is wanted], int(self.count))
            if self.state is not None:
                half.fill(self.names, self.rows())
            halves.append(half)
        return halves


def with_gradients(cohorts: list[Cohort]) -> list[Cohort]:
    """Return the cohorts whose parameters have gradients.

    One of which only a part has is replaced by two, in the list itself.
    """
    due = []
    for cohort in list(cohorts):
        present = [p.grad is not None for p in cohort.params]
        if any(present) and not all(present):
            halves = cohort.split()
            cohorts.remove(cohort)
            cohorts.extend(halves)
            due.append(halves[0])
        elif all(present):
            due.append(cohort)
    return due
