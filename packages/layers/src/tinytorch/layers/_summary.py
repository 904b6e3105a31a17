"""A summary of a model: what each layer gives, holds, computes and moves, measured by running it once.

Hooks tell which layer is at work, a listener at the door of all operations tells what it does there. So a layer that
does not exist yet is summed up right, and so are functions called between layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinytorch.layers._module import Module
from tinytorch.tensor import Array, Operation, Step, Tensor, listen, recording


@dataclass
class Row:
    """One line of a summary: a layer, or an operation that ran between layers.

    Attributes
    ----------
    name : str
        As in `Module.named_modules`; for an operation, that of the module in which it ran.
    layer : str
        What it is.
    shape : tuple of int or None
        Of its (last) output, if that is a tensor.
    parameters : int
        Numbers it holds. What several layers share is counted in the first of them.
    flops : int
        Floating-point operations, as the operations themselves count them.
    result_bytes : int
        Memory that its operations filled with results. Views fill none.
    moved_bytes : int
        Memory that its operations read and filled: at best, what goes through the processor's caches.
    calls : int
        How often it ran.
    """

    name: str
    layer: str
    shape: tuple[int, ...] | None = None
    parameters: int = 0
    flops: int = 0
    result_bytes: int = 0
    moved_bytes: int = 0
    calls: int = 0

    def add(self, step: Step, outputs: tuple[Array, ...]) -> None:
        """Count one run of an operation."""
        if isinstance(step.operation, Operation):
            self.flops += step.operation.count_flops(step, outputs)
        made = sum(output.nbytes for output in outputs if not _is_view(output, step))
        self.result_bytes += made
        if made:
            self.moved_bytes += made + sum(array.nbytes for array in step.arrays if isinstance(array, np.ndarray))


@dataclass
class Summary:
    """What `summary` returns: rows in the order in which the layers first ran, and their totals."""

    rows: list[Row] = field(default_factory=list)
    parameter_bytes: int = 0

    @property
    def parameters(self) -> int:
        """All parameters' numbers, shared ones once."""
        return sum(row.parameters for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations of one forward pass."""
        return sum(row.flops for row in self.rows)

    @property
    def result_bytes(self) -> int:
        """Memory that one forward pass fills with results."""
        return sum(row.result_bytes for row in self.rows)

    @property
    def moved_bytes(self) -> int:
        """Memory that the operations of one forward pass read and fill."""
        return sum(row.moved_bytes for row in self.rows)

    def __str__(self) -> str:
        table: list[tuple[str, ...]] = [
            ("name", "layer", "output", "parameters", "FLOPs", "result bytes", "moved bytes")
        ]
        for row in self.rows:
            shape = "never ran" if not row.calls else "" if row.shape is None else str(row.shape)
            table.append((row.name, row.layer, shape, *_numbers(row)))
        table.append(("", "", "total", *_numbers(self)))
        widths = [max(len(line[column]) for line in table) for column in range(7)]
        lines = []
        for line in table:
            cells = [
                cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)


def summary(model: Module, *inputs: Any) -> Summary:
    """Run `model` once on `inputs` and return what each of its layers did.

    Parameters
    ----------
    model : Module
        Run in evaluation mode and without recording; its mode is restored afterwards.
    *inputs : Tensor
        What the model is called with. Only the shapes and dtypes matter.

    Returns
    -------
    Summary
        Data; ``str()`` of it is a table. A module without children, or with parameters of its own, is one row. In any
        other module, each operation that runs between its children is a row under the operation's name, unless it makes
        a view.

    Notes
    -----
    Costs one forward pass.

    Examples
    --------
    >>> from tinytorch.layers import Linear, Sequential
    >>> from tinytorch.tensor import tanh, zeros
    >>> report = summary(Sequential(Linear(784, 128), tanh, Linear(128, 10)), zeros(64, 784))
    >>> [(row.layer, row.shape, row.parameters) for row in report.rows]
    [('Linear(784, 128)', (64, 128), 100480), ('tanh', (64, 128), 0), ('Linear(128, 10)', (64, 10), 1290)]
    >>> report.flops
    13025920
    """
    modes = [(module, module.training) for module in model.modules()]
    reader = _Reader(model)
    model.eval()
    try:
        with ExitStack() as stack:
            for module in model.modules():
                stack.enter_context(module.register_forward_pre_hook(reader.enter))
                stack.enter_context(module.register_forward_hook(reader.leave))
            stack.enter_context(recording(False))
            stack.enter_context(listen(reader))
            model(*inputs)
    finally:
        for module, mode in modes:
            module.training = mode
    return Summary(reader.rows(), sum(parameter.nbytes for parameter in model.parameters()))


class _Reader:
    """Keeps the stack of modules at work, and files each operation under the innermost."""

    def __init__(self, model: Module) -> None:
        self._names = {id(module): (name, module) for name, module in model.named_modules()}
        self._layers: dict[int, Row] = {}  # by id of the module
        self._rows: list[Row] = []
        self._stack: list[Module] = []

    def enter(self, module: Module, inputs: tuple[Any, ...]) -> None:
        self._stack.append(module)
        if id(module) not in self._layers and _is_layer(module):
            self._rows.append(self._row(module))
        if id(module) in self._layers:
            self._layers[id(module)].calls += 1

    def leave(self, module: Module, inputs: tuple[Any, ...], output: Any) -> None:
        self._stack.pop()
        if id(module) in self._layers and isinstance(output, Tensor):
            self._layers[id(module)].shape = output.shape

    def before(self, step: Step) -> None:
        """Nothing to do: `after` knows everything."""

    def after(self, step: Step, outputs: tuple[Array, ...]) -> None:
        module = self._stack[-1]
        row = self._layers.get(id(module))
        if row is None:
            if step.phase != "forward" or all(_is_view(output, step) for output in outputs):
                return
            name, _ = self._names[id(module)]
            row = Row(name, step.operation.name, shape=outputs[0].shape, calls=1)
            self._rows.append(row)
        row.add(step, outputs)

    def rows(self) -> list[Row]:
        """Return the rows, those of layers that never ran last, each parameter counted in the first row that has it."""
        idle = [self._row(module) for _, module in self._names.values() if self._is_idle(module)]
        counted: set[int] = set()
        for key, row in self._layers.items():
            for _, parameter in self._names[key][1].own_parameters():
                if id(parameter) not in counted:
                    counted.add(id(parameter))
                    row.parameters += parameter.size
        return [*self._rows, *idle]

    def _is_idle(self, module: Module) -> bool:
        return id(module) not in self._layers and any(True for _ in module.own_parameters())

    def _row(self, module: Module) -> Row:
        name = self._names[id(module)][0]
        own = f"{type(module).__name__}({module.extra_repr()})"
        self._layers[id(module)] = row = Row(name, own)
        return row


def _is_layer(module: Module) -> bool:
    """Whether a module has a row of its own: no children, or parameters that belong to none of them."""
    return not any(True for _ in module.children()) or any(True for _ in module.own_parameters())


def _is_view(output: Array, step: Step) -> bool:
    return any(isinstance(array, np.ndarray) and np.may_share_memory(output, array) for array in step.arrays)


def _numbers(counts: Row | Summary) -> Iterator[str]:
    return (f"{n:,}" for n in (counts.parameters, counts.flops, counts.result_bytes, counts.moved_bytes))
