"""Module: a function with state. It finds its parameters by looking at its own attributes.

Nothing is registered. A parameter, a buffer and a child module are ordinary instance attributes, so reading one costs
what any attribute costs, assigning one later or deleting one needs no care, and a subclass need not call
``super().__init__()``. Whoever asks for parameters pays for the search, and that is once per optimizer.
"""

from __future__ import annotations

import copy
import reprlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

from tinytorch.layers._hooks import ForwardHook, Hook, HookHandle, PreHook, call_with_hooks
from tinytorch.layers._parameter import Parameter
from tinytorch.layers._search import each_once, join, modules_below, parts_of
from tinytorch.layers._state import load, snapshot
from tinytorch.tensor import Array, Tensor


class Module:
    """A function with parameters: write `forward`, assign parameters and modules as attributes, call it.

    What is found: a `Parameter` or a `Module` that is an attribute, or stands in a list, a tuple or a dict that is one,
    to any depth. (PyTorch looks past plain lists and dicts, silently; here they need no `ModuleList`. It follows that a
    list does not hide a module either: a teacher that shall not be trained is no attribute of its student.) A set is
    refused, since its order differs from run to run.

    Attributes
    ----------
    training : bool
        What `train` and `eval` set, for layers that behave differently while learning.
    pytorch_layout : mapping of str to tuple of int
        For each parameter of the class that PyTorch stores with its axes in another order: the permutation that makes
        theirs of ours. `to_pytorch_state` and `from_pytorch_state` read it.

    Examples
    --------
    >>> from tinytorch.layers import Linear, Module
    >>> class Tower(Module):
    ...     def __init__(self):
    ...         self.floors = [Linear(4, 4, bias=False), Linear(4, 2)]
    ...     def forward(self, x):
    ...         for floor in self.floors:
    ...             x = floor(x)
    ...         return x
    >>> [name for name, _ in Tower().named_parameters()]
    ['floors.0.weight', 'floors.1.weight', 'floors.1.bias']
    """

    # Defaults that are never written to: an instance that differs gets an attribute of its own.
    training: bool = True
    pytorch_layout: ClassVar[Mapping[str, tuple[int, ...]]] = MappingProxyType({})
    _hooks: tuple[Hook, ...] = ()
    _buffers: Mapping[str, bool] = MappingProxyType({})  # name: whether it is part of the state

    # Calling it

    def __call__(self, *inputs: Any, **keywords: Any) -> Tensor:
        """Run `forward`, between the hooks if there are any.

        The type says Tensor, which nearly all modules return. One that returns something else annotates a `__call__`
        of its own under ``if TYPE_CHECKING``.
        """
        if self._hooks:
            output: Tensor = call_with_hooks(self, self._hooks, inputs, keywords)
            return output
        result: Tensor = self.forward(*inputs, **keywords)
        return result

    def forward(self, *inputs: Any, **keywords: Any) -> Any:
        """Compute the output. Every module writes its own."""
        name = type(self).__name__
        raise NotImplementedError(f"{name}: this module has no forward; define one: def forward(self, x).")

    def register_forward_hook(self, hook: ForwardHook) -> HookHandle:
        """Call ``hook(module, inputs, output)`` after each `forward`; what it returns, if not None, is the output."""
        return self._add_hook("after", hook)

    def register_forward_pre_hook(self, hook: PreHook) -> HookHandle:
        """Call ``hook(module, inputs)`` before each `forward`; what it returns, if not None, replaces the input.

        A tuple replaces all inputs.
        """
        return self._add_hook("before", hook)

    def _add_hook(self, when: Literal["before", "after"], hook: Callable[..., Any]) -> HookHandle:
        entry = (when, hook)
        self._hooks = (*self._hooks, entry)

        def remove() -> None:
            self._hooks = tuple(other for other in self._hooks if other is not entry)

        return HookHandle(remove)

    # Finding what it has

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules directly in this one, with their names; a module that stands twice comes twice."""
        return ((name, part) for name, part in self._parts() if isinstance(part, Module))

    def named_modules(self, prefix: str = "", *, shared: bool = False) -> Iterator[tuple[str, Module]]:
        """Yield this module (named `prefix`) and all modules below it, parents first.

        Each comes once, under its first name; with ``shared=True`` under every name it has.
        """
        return modules_below(self, prefix, set(), shared)

    def named_parameters(self, *, recurse: bool = True, shared: bool = False) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with their names, such as ``"0.weight"``.

        Parameters
        ----------
        recurse : bool, default True
            False for those of this module alone.
        shared : bool, default False
            Yield a parameter that is used in several places under each of its names, not just under the first.
        """
        modules = self.named_modules(shared=shared) if recurse else [("", self)]
        found = ((join(prefix, name), p) for prefix, module in modules for name, p in module.own_parameters())
        return found if shared else each_once(found)

    def named_buffers(self, *, recurse: bool = True, shared: bool = False) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers with their names; the parameters are those of `named_parameters`."""
        modules = self.named_modules(shared=shared) if recurse else [("", self)]
        found = ((join(prefix, name), b) for prefix, module in modules for name, b in module.own_buffers())
        return found if shared else each_once(found)

    def children(self) -> Iterator[Module]:
        """Yield each module directly in this one, once."""
        return (child for _, child in each_once(self.named_children()))

    def modules(self) -> Iterator[Module]:
        """Yield this module and each one below it, once."""
        return (module for _, module in self.named_modules())

    def parameters(self) -> Iterator[Parameter]:
        """Yield each parameter once, however many places it is used in."""
        return (parameter for _, parameter in self.named_parameters())

    def buffers(self) -> Iterator[Tensor]:
        """Yield each buffer once."""
        return (buffer for _, buffer in self.named_buffers())

    def own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield name and parameter of what this module itself holds, children left out, duplicates left in."""
        return ((name, part) for name, part in self._parts() if isinstance(part, Parameter))

    def own_buffers(self, *, persistent: bool = False) -> Iterator[tuple[str, Tensor]]:
        """Yield name and tensor of this module's own buffers; with ``persistent=True`` those of the state only."""
        for name, kept in self._buffers.items():
            buffer = vars(self).get(name)
            if isinstance(buffer, Tensor) and not isinstance(buffer, Parameter) and (kept or not persistent):
                yield name, buffer

    def _parts(self) -> Iterator[tuple[str, Module | Parameter]]:
        for name, value in self._attributes():
            yield from parts_of(name, value, (Module, Parameter))

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        """Yield where to look: the instance's attributes. A container yields its members under their own names."""
        return ((name, value) for name, value in list(vars(self).items()) if name not in ("_hooks", "_buffers"))

    # Attributes that must not get lost

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Make `tensor` the attribute `name`: state that is saved and loaded but not learned, such as a running mean.

        Parameters
        ----------
        name : str
        tensor : Tensor or None
            None keeps the name free for later.
        persistent : bool, default True
            False for one that can be computed again, such as a mask: it is no part of `state_dict`.

        Raises
        ------
        ValueError
            If the module has something else of that name, or the name has a dot in it.
        """
        if "." in name or (hasattr(self, name) and name not in self._buffers):
            reason = "has a dot in it" if "." in name else f"is taken by {getattr(self, name)!r:.60}"
            raise ValueError(f"register_buffer: the name {name!r} {reason}; choose another.")
        self._buffers = {**self._buffers, name: persistent}
        setattr(self, name, tensor)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(vars(self).get(name), Parameter):
            if isinstance(value, Tensor) and not isinstance(value, Parameter):
                raise TypeError(
                    f"{type(self).__name__}.{name} is a Parameter; a plain Tensor in its place would not be learned. "
                    f"Write into it: module.{name}.copy_(tensor). Or replace it: module.{name} = Parameter(tensor)."
                )
        elif name in self._buffers and not (value is None or isinstance(value, Tensor)):
            raise TypeError(
                f"{type(self).__name__}.{name} is a buffer: a Tensor or None, not {type(value).__name__}. "
                f"Write into it: module.{name}.copy_(values)."
            )
        object.__setattr__(self, name, value)

    # Doing something to all of it

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all modules below; return self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set `training` to False here and in all modules below; return self."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let gradients be computed for all parameters, or freeze them; return self."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self) -> None:
        """Forget the gradients: ``p.grad`` is None afterwards for all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def apply(self, function: Callable[[Module], object]) -> Self:
        """Call `function` on each module below and then on this one; return self."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def astype(self, dtype: Any) -> Self:
        """Return a copy with all floating parameters and buffers in `dtype`; this module is not changed."""
        converted: dict[int, Any] = {}
        for parameter in self.parameters():
            converted[id(parameter)] = Parameter(parameter, dtype, parameter.requires_grad)
        for buffer in self.buffers():
            if buffer.dtype.kind == "f":
                converted[id(buffer)] = Tensor(buffer, dtype)
        return copy.deepcopy(self, converted)  # deepcopy takes what it finds there instead of copying

    # State

    def state_dict(self) -> dict[str, Tensor]:
        """Return a snapshot: a copy of each parameter and buffer under its name (a shared one under each name).

        A later training step does not change it (PyTorch's would): ``best = model.state_dict()`` is what it says.
        """
        return snapshot(self)

    def load_state_dict(self, state: Mapping[str, Tensor | Array]) -> None:
        """Write a state into the parameters and buffers, in place: whoever holds them, such as an optimizer, sees it.

        Parameters
        ----------
        state : mapping of str to Tensor or ndarray
            Values are converted to the dtype of what they are written to.

        Raises
        ------
        ValueError
            If entries are missing, unexpected, of another shape or kind of number; if entries of one shared tensor
            differ. All of them are named, and nothing is changed.
        """
        load(self, state)

    # Showing it

    def extra_repr(self) -> str:
        """Return what stands between the parentheses of `repr`; a subclass says its sizes here."""
        return ""

    def _shown(self) -> Iterator[tuple[str, str]]:
        return ((name, repr(child)) for name, child in self.named_children())

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        name, extra = type(self).__name__, self.extra_repr()
        lines = [f"({child_name}): {child}".replace("\n", "\n  ") for child_name, child in self._shown()]
        if not lines:
            return f"{name}({extra})"
        return "\n  ".join([f"{name}({extra}", *lines]) + "\n)"
