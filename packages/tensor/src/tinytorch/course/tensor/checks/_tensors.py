"""What a tensor is: numbers of its own, of one type, compared element by element, beside NumPy's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tito.checks import Check, equals, given, raises


def _edited_source(tt: Any, x: Any) -> Any:
    array = x["array"]
    t = tt.tensor.Tensor(array)
    array[0] = x["value"]
    return t


def _write_into_data(tt: Any, x: Any) -> Any:
    t = tt.tensor.Tensor(x["data"])
    t.data[0] = x["value"]
    return t


def _types(tt: Any, x: Any) -> list[str]:
    return [tt.tensor.Tensor(data).dtype.name for data in x["data"]]


def _array_on_the_left(tt: Any, x: Any) -> Any:
    product = x["array"] * tt.tensor.Tensor(x["right"])
    return isinstance(product, tt.tensor.Tensor), product


def _reduced_by_numpy(tt: Any, x: Any) -> Any:
    total = np.add.reduce(tt.tensor.Tensor(x["data"]))
    return isinstance(total, tt.tensor.Tensor), total


TENSORS: tuple[Check, ...] = (
    Check(
        function="Tensor.__init__",
        name="a copy of its own",
        inputs=lambda rng: {"array": np.array([1.0, 2.0]), "value": 9.0},
        drive=_edited_source,
        judge=equals(lambda x: np.array([1.0, 2.0]), rule="The data is copied, whatever becomes of the array."),
        kind="aliasing",
        shown="array = {array}; t = Tensor(array); array[0] = {value}; t",
    ),
    Check(
        function="as_array",
        name="which type numbers become",
        inputs=given(data=([1.5], [1, 2], [True], np.array([1.5]), np.array([1, 2], np.int8), 2, 0.5)),
        drive=_types,
        judge=equals(lambda x: ["float32", "int64", "bool", "float64", "int8", "int64", "float32"]),
        shown="the dtypes of Tensor(data) for data in {data}",
    ),
    Check(
        function="as_array",
        name="the type that is asked for",
        inputs=given(data=[1, 2]),
        drive=lambda tt, x: [
            tt.tensor.Tensor(x["data"], dtype=tt.tensor.float64),
            tt.tensor.Tensor(np.array(x["data"]), dtype=tt.tensor.float32),
            tt.tensor.Tensor(tt.tensor.Tensor(x["data"]), dtype=tt.tensor.uint8),
        ],
        judge=equals(lambda x: [np.array([1, 2], dtype) for dtype in (np.float64, np.float32, np.uint8)]),
        kind="contract",
        shown="{data}, array({data}), Tensor({data}) as float64, float32, uint8",
    ),
    Check(
        function="as_array",
        name="a number that does not fit",
        inputs=given(data=[1, 300]),
        drive=lambda tt, x: tt.tensor.Tensor(x["data"], dtype=tt.tensor.uint8),
        judge=raises(OverflowError, "300", rule="300 would come back as another number."),
        kind="contract",
        shown="Tensor({data}, dtype=uint8)",
    ),
    Check(
        function="become",
        name="a new tensor was never edited",
        inputs=given(data=[1.0, 2.0]),
        drive=lambda tt, x: tt.tensor.Tensor(x["data"]).version,
        judge=equals(lambda x: 0),
        kind="contract",
        shown="Tensor({data}).version",
    ),
    Check(
        function="become",
        name="data cannot be written to",
        inputs=given(data=[1.0, 2.0], value=9.0),
        drive=_write_into_data,
        judge=raises(ValueError, rule="data is read-only: a write there would go unseen by whoever kept the numbers."),
        shown="t = Tensor({data}); t.data[0] = {value}",
    ),
    Check(
        function="Operators.__eq__",
        name="element by element",
        inputs=given(left=[1, 2, 3], right=[1, 5, 3]),
        drive=lambda tt, x: tt.tensor.Tensor(x["left"]) == tt.tensor.Tensor(x["right"]),
        judge=equals(lambda x: np.array([True, False, True])),
        shown="Tensor({left}) == Tensor({right})",
    ),
    Check(
        function="Operators.__eq__",
        name="two equal tensors are two keys",
        inputs=given(data=[3.0]),
        drive=lambda tt, x: len({tt.tensor.Tensor(x["data"]): 1, tt.tensor.Tensor(x["data"]): 2}),
        judge=equals(lambda x: 2, rule="Tensors are hashed by identity, for `==` has no one answer."),
        kind="contract",
        shown="len({{Tensor({data}): 1, Tensor({data}): 2}})",
    ),
    Check(
        function="Tensor.__bool__",
        name="several truth values are none",
        inputs=given(data=[0.0, 1.0]),
        drive=lambda tt, x: bool(tt.tensor.Tensor(x["data"])),
        judge=raises(ValueError, "(2,)", rule="Whoever asks means any() or all()."),
        shown="bool(Tensor({data}))",
    ),
    Check(
        function="Tensor.__bool__",
        name="no truth value at all",
        inputs=given(data=[]),
        drive=lambda tt, x: bool(tt.tensor.Tensor(x["data"])),
        judge=raises(ValueError, "(0,)", rule="Whoever asks means any() or all()."),
        kind="contract",
        shown="bool(Tensor({data}))",
    ),
    Check(
        function="Tensor.__bool__",
        name="one element is true or false",
        inputs=given(data=([2.0], 0.0, [[0]], True)),
        drive=lambda tt, x: [bool(tt.tensor.Tensor(data)) for data in x["data"]],
        judge=equals(lambda x: [True, False, False, True]),
        kind="contract",
        shown="[bool(Tensor(data)) for data in {data}]",
    ),
    Check(
        function="Tensor.__len__",
        name="the size of the first axis",
        inputs=given(data=([1.0, 2.0, 3.0, 4.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
        drive=lambda tt, x: [len(tt.tensor.Tensor(data)) for data in x["data"]],
        judge=equals(lambda x: [4, 3]),
        shown="[len(Tensor(data)) for data in {data}]",
    ),
    Check(
        function="Tensor.__len__",
        name="a number has no length",
        inputs=given(data=3.0),
        drive=lambda tt, x: len(tt.tensor.Tensor(x["data"])),
        judge=raises(TypeError, rule="Without an axis there is nothing to count along."),
        shown="len(Tensor({data}))",
    ),
    Check(
        function="ArrayProtocols.__array_ufunc__",
        name="an array on the left gives a tensor",
        inputs=given(array=np.array([2.0, 3.0], np.float32), right=[5.0, 7.0]),
        drive=_array_on_the_left,
        judge=equals(lambda x: (True, np.array([10.0, 21.0], np.float32)), rule="A Tensor, not an array of objects."),
        shown="isinstance(p, Tensor), p  of  p = array({array}) * Tensor({right})",
    ),
    Check(
        function="ArrayProtocols.__array_ufunc__",
        name="a reduction of NumPy's gives a tensor",
        inputs=given(data=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        drive=_reduced_by_numpy,
        judge=equals(
            lambda x: (True, np.array([9.0, 12.0], np.float32)), rule="Over the first axis, unless told: NumPy's way."
        ),
        kind="contract",
        shown="isinstance(s, Tensor), s  of  s = np.add.reduce(Tensor({data}))",
    ),
)
