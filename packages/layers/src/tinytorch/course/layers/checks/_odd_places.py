"""What a search meets besides plain lists: circles, keys that are numbers, classes of their own, iterators."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

from tinytorch.course.layers.checks._searching import built, holder, names, names_of
from tinytorch.tito.checks import Check, equals, given, raises


def wider_circles(tt: Any, x: Any) -> Any:
    """Return the names in a dict that contains itself, and in a list that stands in a dict in that list."""
    around: dict[str, Any] = {"p": built(tt, "p")}
    around["again"] = around
    outer: list[Any] = [built(tt, "p")]
    outer.append({"back": outer, "q": built(tt, "p")})
    return {"dict": names_of(holder(tt, a=around)), "list": names_of(holder(tt, a=outer))}


def of_their_kind(tt: Any, x: Any) -> Any:
    """Return the names in classes made of dict and tuple."""
    pair = namedtuple("pair", "left right")
    return names_of(holder(tt, a=OrderedDict(x=built(tt, "p")), b=pair(built(tt, "p"), 3)))


def in_a_frozen_set(tt: Any, x: Any) -> Any:
    """Return the names in a frozenset of two parameters."""
    return names_of(holder(tt, a=frozenset({built(tt, "p"), built(tt, "p")})))


def iterator_left(tt: Any, x: Any) -> Any:
    """Return how many things an iterator still gives after its module was searched."""
    things = iter([1, 2, 3])
    module = holder(tt, a=things, b=built(tt, "p"))
    return {"names": names_of(module), "left": len(list(things))}


CHECKS = (
    Check(
        "parts_of",
        "a dict that contains itself, and a list in a dict in that list",
        given(),
        wider_circles,
        equals(lambda x: {"dict": ["a.p"], "list": ["a.0", "a.1.q"]}),
        kind="contract",
        shown='a = {{"p": p}}; a["again"] = a; and a = [p]; a.append({{"back": a, "q": q}})',
    ),
    Check(
        "parts_of",
        "keys that are numbers, in the order of the dict",
        given(a={2: "p", 1: "p", "z": "p", "b": "p"}),
        names,
        equals(lambda x: ["a.2", "a.1", "a.z", "a.b"]),
        kind="contract",
        shown='module.a = {{2: p, 1: q, "z": r, "b": s}}',
    ),
    Check(
        "parts_of",
        "an OrderedDict is a dict, a namedtuple a tuple",
        given(),
        of_their_kind,
        equals(lambda x: ["a.x", "b.0"]),
        kind="contract",
        shown="module.a = OrderedDict(x=p); module.b = pair(q, 3), pair being a namedtuple",
    ),
    Check(
        "parts_of",
        "an iterator is not used up",
        given(),
        iterator_left,
        equals(lambda x: {"names": ["b"], "left": 3}),
        kind="aliasing",
        shown="module.a = iter([1, 2, 3]); module.b = p: the names, and what the iterator still gives",
    ),
    Check(
        "parts_of",
        "a frozenset of parameters has no order",
        given(),
        in_a_frozen_set,
        raises(TypeError),
        kind="contract",
        shown="module.a = frozenset({{p, q}}), with p and q parameters",
    ),
)
