"""What all optimizers share: groups of parameters, the step, and the state as a dict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from tinytorch.optim._checks import check_entry, check_gradients, check_number, check_parameter, listed
from tinytorch.optim._cohort import Cohort, with_gradients
from tinytorch.tensor import Array, Tensor, Update

Parameters = Iterable[Tensor | Mapping[str, Any]]


class Optimizer:
    """Base of all optimizers: changes parameters in place, by their gradients.

    A subclass names its state in `state_names` and its arithmetic in `update`, an update of the seam, called as
    ``update([*parameters, state, count], *gradients, **settings of the group)``. `state` has a row for each name,
    `count` is the number of steps taken before this one, which the update raises.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        The parameters, or groups of them: ``{"params": [...], "lr": 0.01}``, with settings of their own.
    **defaults
        The settings of groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        ``"params"`` and the settings of each group. Settings may be changed between steps; schedules do.

    Raises
    ------
    TypeError, ValueError
        For no parameters, something that is not a leaf tensor of floats, one given twice, an unknown setting.

    Examples
    --------
    An optimizer of one's own, sign descent:

    >>> import numpy as np
    >>> from tinytorch.optim import blocks
    >>> from tinytorch.tensor import Tensor, update
    >>> @update("sign descent")
    ... def sign_update(step, targets, *grads, lr):
    ...     *params, state, count = targets
    ...     for p, g in blocks(params, grads):
    ...         p -= lr * np.sign(g)
    >>> class SignDescent(Optimizer):
    ...     update = sign_update
    >>> w = Tensor([1.0, 2.0])
    >>> w.grad = Tensor([0.3, -4.0])
    >>> SignDescent([w], lr=0.5).step()
    >>> w
    Tensor([0.5, 2.5])
    """

    update: ClassVar[Update]

    def __init__(self, params: Parameters, **defaults: Any) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self._cohorts: list[list[Cohort]] = []  # for each group
        given: list[Any] = listed(type(self).__name__, params)
        if not given:
            raise ValueError(
                f"{type(self).__name__}: there is nothing to optimize, the list of parameters is empty. A generator "
                "that was used before is empty too: call model.parameters() again."
            )
        for group in given if isinstance(given[0], Mapping) else [{"params": given}]:
            self.add_param_group(group)

    def state_names(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Name the arrays that the update keeps for each parameter of a group, one for each row of state."""
        return ()

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings of a group that cannot be meant. Subclasses add their own."""
        check_number(type(self).__name__, "lr", group["lr"])

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add parameters with settings of their own; what `group` does not set is as for the others.

        Parameters
        ----------
        group : dict
            ``{"params": tensor or iterable of tensors, setting: value, ...}``
        """
        name = type(self).__name__
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(f'{name}: a parameter group is a dict with the key "params", got {group!r}.')
        unknown = set(group) - {"params", "initial_lr", *self.defaults}
        if unknown:
            raise ValueError(f"{name}: unknown setting {sorted(unknown)}; there are {', '.join(self.defaults)}.")
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else listed(name, params)
        number = len(self.param_groups)
        seen = {id(p): (i, j) for i, other in enumerate(self.param_groups) for j, p in enumerate(other["params"])}
        for j, p in enumerate(params):
            check_parameter(f"{name}: parameter {j} of group {number}", p)
            if id(p) in seen:
                i, k = seen[id(p)]
                raise ValueError(
                    f"{name}: parameter {j} of group {number}, of shape {p.shape}, is parameter {k} of group {i} as "
                    "well; it would take two steps at once. Give each tensor once."
                )
            seen[id(p)] = (number, j)
        whole = {"params": params, **self.defaults, **{k: v for k, v in group.items() if k != "params"}}
        self.check(whole)
        self.param_groups.append(whole)
        self._cohorts.append(_cohorts(params, [None] * len(params), ()))

    def zero_grad(self) -> None:
        """Forget all gradients: ``grad`` of every parameter becomes None."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def step(self, keep_gradients: bool = False) -> None:
        """Change every parameter that has a gradient, in place, and release the gradients.

        A parameter without a gradient (None) is passed over: it does not decay, and its count of steps stays. A NaN or
        an infinity in a gradient is not hidden: it goes into the parameter, where it can be found.

        Parameters
        ----------
        keep_gradients : bool, default False
            Leave the gradients where they are. Otherwise they are None afterwards, so that the next `backward` starts
            from nothing; PyTorch leaves them and asks for `zero_grad`.

        Raises
        ------
        ValueError
            For a gradient of another shape or dtype than its parameter's; no parameter has changed then.
        """
        due = [
            (group, cohort)
            for group, cohorts in zip(self.param_groups, self._cohorts, strict=True)
            for cohort in with_gradients(cohorts)
        ]
        for _, cohort in due:
            check_gradients(type(self).__name__, self.param_groups, cohort.params)
        for group, cohort in due:
            targets = [*cohort.params, cohort.prepare(self.state_names(group)), cohort.count]
            settings = {name: group[name] for name in self.defaults}
            self.update(targets, *[p.grad for p in cohort.params], **settings)
        if not keep_gradients:
            self.zero_grad()

    def state_arrays(self) -> list[Array]:
        """Return the arrays of the state as they lie in memory, read-only: each has a row for each of `state_names`."""
        return [cohort.state.data for cohorts in self._cohorts for cohort in cohorts if cohort.state is not None]

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of what the next steps depend on, beside parameters and gradients.

        Returns
        -------
        dict
            ``"state"``: for each parameter that has taken a step, by its number over all groups, a dict with the count
            ``"step"`` and an array of the parameter's shape for each of `state_names`. ``"param_groups"``: for each
            group its settings and, as ``"params"``, the numbers of its parameters. PyTorch's layout; besides the
            arrays all of it can be written as JSON.
        """
        numbers = {id(p): number for number, p in enumerate(self._all())}
        state = {
            numbers[param]: {"step": int(cohort.count)}
            | {name: row.copy() for name, row in zip(cohort.names, rows, strict=True)}
            for cohorts in self._cohorts
            for cohort in cohorts
            if cohort.state is not None
            for param, rows in cohort.rows().items()
        }
        groups = [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups]
        return {"state": dict(sorted(state.items())), "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned, for parameters of the same shapes in the same groups.

        Settings and state are taken over bit by bit; the arrays are copied. Keys of ``"state"`` may be strings and
        tuples lists, as JSON makes them.

        Raises
        ------
        ValueError
            For the state of another optimizer or of another model; nothing has changed then.
        """
        name = f"{type(self).__name__}.load_state_dict"
        if not isinstance(state, Mapping) or set(state) != {"state", "param_groups"}:
            raise ValueError(f'{name}: expected a dict with "state" and "param_groups", as state_dict() returns it.')
        saved_groups = state["param_groups"]
        if len(saved_groups) != len(self.param_groups):
            raise ValueError(
                f"{name}: the state has {len(saved_groups)} parameter groups, here are {len(self.param_groups)}."
            )
        entries = {int(number): entry for number, entry in state["state"].items()}
        settings, cohorts = [], []
        for i, (saved, group) in enumerate(zip(saved_groups, self.param_groups, strict=True)):
            settings.append(self._settings(f"{name}: group {i}", saved))
            if len(saved["params"]) != len(group["params"]):
                raise ValueError(
                    f"{name}: group {i} has {len(saved['params'])} parameters in the state and {len(group['params'])} "
                    "here; it is the state of another model."
                )
            names = self.state_names(settings[-1])
            found = [entries.pop(int(number), None) for number in saved["params"]]
            for j, (p, entry) in enumerate(zip(group["params"], found, strict=True)):
                if entry is not None:
                    check_entry(f"{name}: parameter {j} of group {i}", p, entry, names)
            cohorts.append(_cohorts(group["params"], found, names))
        if entries:
            raise ValueError(f"{name}: the state names parameters that are in no group: {sorted(entries)}.")
        for group, new in zip(self.param_groups, settings, strict=True):
            params = group["params"]
            group.clear()
            group.update(params=params, **new)
        self._cohorts = cohorts

    def __repr__(self) -> str:
        groups = [
            f"{len(group['params'])} parameters, " + ", ".join(f"{k}={v!r}" for k, v in group.items() if k != "params")
            for group in self.param_groups
        ]
        return f"{type(self).__name__}({'; '.join(groups)})"

    def _all(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def _settings(self, where: str, saved: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a saved group, checked."""
        settings = {k: tuple(v) if isinstance(v, list) else v for k, v in saved.items() if k != "params"}
        if "params" not in saved or set(settings) - {"initial_lr"} != set(self.defaults):
            raise ValueError(
                f"{where} of the state has the settings {sorted(settings)}, {type(self).__name__} has "
                f"{sorted(self.defaults)}; it is the state of another optimizer."
            )
        self.check(settings)
        return settings


def _cohorts(params: list[Tensor], entries: list[Mapping[str, Any] | None], names: tuple[str, ...]) -> list[Cohort]:
    """Sort parameters by dtype and count of steps into cohorts, and fill in their saved state."""
    members: dict[tuple[Any, int], list[Tensor]] = {}
    rows: dict[int, list[Array]] = {}
    for p, entry in zip(params, entries, strict=True):
        members.setdefault((p.dtype, int(entry["step"]) if entry else 0), []).append(p)
        rows[id(p)] = [np.asarray(entry[name]) for name in names] if entry else []
    cohorts = []
    for (_, count), some in members.items():
        cohorts.append(Cohort(some, count))
        if count:
            cohorts[-1].fill(names, rows)
    return cohorts
