"""What a module finds in itself: names, in order, each thing once; against lists written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, equals, given, raises


def holder(tt: Any, **attributes: Any) -> Any:
    """Return a module with these attributes."""
    module = type("Holder", (tt.layers.Module,), {})()
    for name, value in attributes.items():
        setattr(module, name, value)
    return module


def names_of(module: Any, **options: bool) -> list[str]:
    """Return the names of a module's parameters."""
    return [name for name, _ in module.named_parameters(**options)]


def built(tt: Any, plan: Any) -> Any:
    """Return a value as a plan describes it: "p" a parameter, "b" a Linear without a bias; containers likewise."""
    if plan == "p":
        return tt.layers.Parameter(np.zeros(1, np.float32))
    if plan == "b":
        return tt.layers.Linear(1, 1, bias=False)
    if isinstance(plan, dict):
        return {key: built(tt, part) for key, part in plan.items()}
    if isinstance(plan, list | tuple):
        parts = [built(tt, part) for part in plan]
        return parts if isinstance(plan, list) else tuple(parts)
    return plan


def listed(plan: Any, name: str) -> list[str]:
    """Return the names that a plan's parameters have: the module's own first, then those of the modules in it."""
    return [*places(plan, name, "p"), *(f"{place}.weight" for place in places(plan, name, "b"))]


def places(plan: Any, name: str, kind: str) -> list[str]:
    """Return where in a plan something stands, in order."""
    if isinstance(plan, str):
        return [name] if plan == kind else []
    pairs = plan.items() if isinstance(plan, dict) else enumerate(plan) if isinstance(plan, list | tuple) else ()
    return [found for key, part in pairs for found in places(part, f"{name}.{key}", kind)]


def names(tt: Any, x: Any) -> Any:
    """Return the names of what stands in one attribute."""
    return names_of(holder(tt, a=built(tt, x["a"])))


def some_plan(rng: np.random.Generator, depth: int = 3) -> Any:
    """Return a random plan: containers to some depth, with numbers and texts among what counts."""
    if depth == 0 or rng.random() < 0.2:
        return ["p", "b", 3, "text", None][int(rng.integers(5))]
    parts = [some_plan(rng, depth - 1) for _ in range(rng.integers(0, 4))]
    kind = int(rng.integers(3))
    return parts if kind == 0 else tuple(parts) if kind == 1 else {f"k{i}": part for i, part in enumerate(parts)}


def circle(tt: Any, x: Any) -> Any:
    """Return the names in a list that contains a parameter, itself, and another parameter."""
    around: list[Any] = [built(tt, "p")]
    around += [around, built(tt, "p")]
    return names_of(holder(tt, a=around))


def two_ways(tt: Any, x: Any) -> Any:
    """Return all names of a parameter in a list that stands in two places."""
    shared = [built(tt, "p")]
    return names_of(holder(tt, a={"x": shared, "y": shared}), shared=True)


def in_a_set(tt: Any, x: Any) -> Any:
    """Return the names in a set of two parameters."""
    return names_of(holder(tt, a={built(tt, "p"), built(tt, "p")}))


def in_a_mixed_set(tt: Any, x: Any) -> Any:
    """Return the names in a set of a parameter and a number."""
    return names_of(holder(tt, a={built(tt, "p"), 2}))


def harmless_set(tt: Any, x: Any) -> Any:
    """Return the names in a module that has a set of numbers."""
    return names_of(holder(tt, a={1, 2}, b=built(tt, "p")))


def tied(tt: Any, x: Any) -> Any:
    """Return names and count of two layers with one weight."""
    first, last = tt.layers.Linear(3, 3), tt.layers.Linear(3, 3, bias=False)
    last.weight = first.weight
    model = holder(tt, first=first, last=last)
    return {
        "names": names_of(model),
        "numbers": sum(parameter.size for parameter in model.parameters()),
    }


def twins(tt: Any, x: Any) -> Any:
    """Return names of two parameters that hold equal numbers."""
    parameters = [tt.layers.Parameter(np.zeros(count, np.float32)) for count in x["sizes"]]
    return names_of(holder(tt, a=parameters))


def repeated_layer(tt: Any, x: Any) -> Any:
    """Return how many children and parameters a chain has in which one layer stands twice."""
    layer = tt.layers.Linear(2, 2)
    chain = tt.layers.Sequential(layer, tt.tensor.tanh, layer, tt.layers.Linear(2, 2))
    return {
        "children": len(list(chain.children())),
        "modules": len(list(chain.modules())),
        "parameters": names_of(chain),
    }


def late(tt: Any, x: Any) -> Any:
    """Return the names before and after a parameter is assigned, another is replaced, another deleted."""
    module = holder(tt, a=built(tt, "p"), b=built(tt, "p"))
    before = names_of(module)
    module.c = built(tt, "p")
    module.a = tt.layers.Parameter(np.zeros(5, np.float32))
    del module.b
    after = [(name, parameter.size) for name, parameter in module.named_parameters()]
    return {"before": before, "after": after}


def not_below(tt: Any, x: Any) -> Any:
    """Return the names in a module and in the layer that it has, and in the module alone."""
    module = holder(tt, a=built(tt, "p"), b=built(tt, "b"))
    return {"all": names_of(module), "its own": names_of(module, recurse=False)}


def under_each_name(tt: Any, x: Any) -> Any:
    """Return the names of a layer that stands in two places: the first, and all."""
    layer = built(tt, "b")
    module = holder(tt, first=layer, last=layer)
    return {"once": names_of(module), "shared": names_of(module, shared=True)}


CHECKS = (
    Check(
        "parts_of",
        "two layers in a list",
        given(a=["b", "b"]),
        names,
        equals(lambda x: ["a.0.weight", "a.1.weight"]),
        shown="module.a = [Linear(1, 1, bias=False), Linear(1, 1, bias=False)]",
    ),
    Check(
        "parts_of",
        "a dict of a tuple of a list",
        given(a={"x": ("p", ["b", 3, "p"]), "y": "p"}),
        names,
        equals(lambda x: ["a.x.0", "a.x.1.2", "a.y", "a.x.1.0.weight"]),
        shown='module.a = {{"x": (p, [Linear(1, 1, bias=False), 3, q]), "y": r}}, with p, q, r parameters',
    ),
    Check(
        "parts_of",
        "anything in anything",
        lambda rng: {"a": some_plan(rng)},
        names,
        equals(lambda x: listed(x["a"], "a")),
        kind="property",
        seeds=20,
        shown='module.a = {a}, "p" being a parameter and "b" a Linear without a bias',
    ),
    Check(
        "parts_of",
        "a list that contains itself",
        given(),
        circle,
        equals(lambda x: ["a.0", "a.2"]),
        kind="contract",
        shown="a = [p, q]; a.insert(1, a)",
    ),
    Check(
        "parts_of",
        "one list in two places",
        given(),
        two_ways,
        equals(lambda x: ["a.x.0", "a.y.0"]),
        kind="contract",
        shown='l = [p]; module.a = {{"x": l, "y": l}}; named_parameters(shared=True)',
    ),
    Check(
        "parts_of",
        "a set of parameters has no order",
        given(),
        in_a_set,
        raises(TypeError),
        kind="contract",
        shown="module.a = {{p, q}}, with p and q parameters",
    ),
    Check(
        "parts_of",
        "a set with one parameter among other things has no order",
        given(),
        in_a_mixed_set,
        raises(TypeError),
        kind="contract",
        shown="module.a = {{p, 2}}, with p a parameter",
    ),
    Check(
        "parts_of",
        "a set of numbers does no harm",
        given(),
        harmless_set,
        equals(lambda x: ["b"]),
        kind="contract",
        shown="module.a = {{1, 2}}; module.b = p",
    ),
    Check(
        "each_once",
        "two layers with one weight",
        given(),
        tied,
        equals(lambda x: {"names": ["first.weight", "first.bias"], "numbers": 12}),
        shown="first = Linear(3, 3), last = Linear(3, 3, bias=False), last.weight = first.weight",
    ),
    Check(
        "each_once",
        "equal numbers are not one thing",
        given(sizes=[1, 1]),
        twins,
        equals(lambda x: ["a.0", "a.1"]),
        shown="module.a = [Parameter([0.]), Parameter([0.])]",
    ),
    Check(
        "each_once",
        "a layer that stands twice in a chain",
        given(),
        repeated_layer,
        equals(
            lambda x: {"children": 2, "modules": 3, "parameters": ["0.weight", "0.bias", "3.weight", "3.bias"]},
        ),
        kind="contract",
        shown="layer = Linear(2, 2); Sequential(layer, tanh, layer, Linear(2, 2))",
    ),
    Check(
        "Module.named_parameters",
        "what is assigned later, replaced or deleted",
        given(),
        late,
        equals(lambda x: {"before": ["a", "b"], "after": [("a", 5), ("c", 1)]}),
        kind="contract",
        shown="a = p, b = q; then c = r, a = Parameter of 5, del b",
    ),
    Check(
        "Module.named_parameters",
        "those of the module alone",
        given(),
        not_below,
        equals(lambda x: {"all": ["a", "b.weight"], "its own": ["a"]}),
        kind="contract",
        shown="module.a = p; module.b = Linear(1, 1, bias=False): named_parameters(), and with recurse=False",
    ),
    Check(
        "Module.named_parameters",
        "a shared layer under each of its names",
        given(),
        under_each_name,
        equals(lambda x: {"once": ["first.weight"], "shared": ["first.weight", "last.weight"]}),
        kind="contract",
        shown="module.first = module.last = Linear(1, 1, bias=False): named_parameters(), and with shared=True",
    ),
)
