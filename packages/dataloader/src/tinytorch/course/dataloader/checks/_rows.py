"""Module 09: rows that become batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.course.dataloader.checks._observing import Array, copies, some
from tinytorch.tito.checks import Check, Inputs, equals, given, holds, raises

DTYPES = (np.uint8, np.int64, np.float32, np.float64, np.bool_)


def _tables(rng: np.random.Generator) -> Inputs:
    n, count = int(rng.integers(1, 6)), int(rng.integers(1, 7))
    shapes = [(n, *rng.integers(0, 4, size=rng.integers(0, 4)).tolist()) for _ in range(rng.integers(1, 4))]
    return {
        "tables": [rng.integers(0, 100, shape).astype(DTYPES[rng.integers(len(DTYPES))]) for shape in shapes],
        "indices": rng.integers(0, n, count),
    }


def _coded(rng: np.random.Generator) -> Inputs:
    n = int(rng.integers(2, 30))
    return {"n": n, "batch_size": int(rng.integers(1, 7)), "seed": int(rng.integers(1000))}


def _paired(tt: Any, x: Any) -> list[tuple[Array, Array]]:
    index = np.arange(x["n"])
    data = tt.dataloader.TensorDataset(index.astype(np.float32) * 0.5, index)
    generator = np.random.default_rng(x["seed"])
    loader = tt.dataloader.DataLoader(data, x["batch_size"], shuffle=True, generator=generator)
    return [(batch.x.numpy(), batch.y.numpy()) for batch in some(loader, 60)]


def _together(x: Any, result: Any) -> bool:
    return all(np.array_equal(inputs, targets * 0.5) for inputs, targets in result)


def _written_over(tt: Any, x: Any) -> list[Array]:
    kept = np.array(x["table"])
    (rows,) = tt.dataloader.TensorDataset(kept).__getitems__(np.array(x["indices"]))
    rows = rows if isinstance(rows, np.ndarray) else rows.numpy()
    rows[...] = -1
    return [kept]


def _copies(tt: Any, x: Any) -> int:
    table = np.zeros(x["shape"], np.float32)
    data = tt.dataloader.TensorDataset(table)
    indices = np.array(x["indices"])
    data.__getitems__(indices)
    return copies(lambda: data.__getitems__(indices), table.nbytes // 2)


def _samples(rng: np.random.Generator) -> Inputs:
    shape = tuple(rng.integers(0, 4, size=rng.integers(0, 4)).tolist())
    dtype = DTYPES[rng.integers(len(DTYPES))]
    arrays = [rng.integers(0, 100, shape).astype(dtype) for _ in range(rng.integers(1, 6))]
    return {"samples": arrays, "turned": bool(rng.integers(2)), "tensors": bool(rng.integers(2))}


def _collated(tt: Any, x: Any) -> Any:
    """Collate what is the same numbers, laid out by columns in memory, or in tensors, where x says so."""
    samples = [np.array(one, order="F") if x["turned"] else one for one in x["samples"]]
    return tt.dataloader.collate([tt.tensor.from_numpy(one) if x["tensors"] else one for one in samples])


def _stacked(x: Any) -> Array:
    result = np.empty((len(x["samples"]), *x["samples"][0].shape), x["samples"][0].dtype)
    for i, one in enumerate(x["samples"]):
        result[i] = one
    return result


def _kept_after_writing(tt: Any, x: Any) -> list[Any]:
    samples = [np.array(one, np.float32) for one in x["samples"]]
    batch = tt.dataloader.collate(samples)
    for one in samples:
        one[...] = -1
    return [batch]


def _shapes(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> Check:
    return Check(
        function="stack_arrays",
        name=name,
        inputs=given(first=first, second=second),
        drive=lambda tt, x: tt.dataloader.collate([np.ones(x["first"], np.float32), np.ones(x["second"], np.float32)]),
        judge=raises(
            ValueError,
            lambda x: str(x["first"]),
            lambda x: str(x["second"]),
            rule="One batch is one array: samples of two shapes are an error that names both.",
        ),
        kind="contract",
        shown="collate of samples of the shapes {first} and {second}",
    )


def _at_place(tt: Any, x: Any) -> Any:
    samples = [np.zeros(2, np.float32) for _ in range(x["of"])]
    samples[x["place"]] = np.zeros(3, np.float32)
    return tt.dataloader.collate(samples)


CHECKS = (
    Check(
        function="TensorDataset.__getitems__",
        name="rows 2 and 0 of two arrays",
        inputs=given(inputs=[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], targets=[10, 11, 12], indices=[2, 0]),
        drive=lambda tt, x: tt.dataloader.TensorDataset(
            np.array(x["inputs"], np.float32), np.array(x["targets"])
        ).__getitems__(np.array(x["indices"])),
        judge=equals(lambda x: (np.array([[4.0, 5.0], [0.0, 1.0]], np.float32), np.array([12, 10]))),
        shown="TensorDataset({inputs}, {targets}), rows {indices}",
    ),
    Check(
        function="TensorDataset.__getitems__",
        name="any rows of arrays of any rank and dtype",
        inputs=_tables,
        drive=lambda tt, x: tt.dataloader.TensorDataset(*x["tables"]).__getitems__(x["indices"]),
        judge=equals(
            lambda x: tuple(
                np.array([table[i] for i in x["indices"].tolist()], table.dtype).reshape(
                    len(x["indices"]), *table.shape[1:]
                )
                for table in x["tables"]
            )
        ),
        kind="property",
        seeds=20,
    ),
    Check(
        function="TensorDataset.__getitems__",
        name="inputs and targets stay together under shuffle",
        inputs=_coded,
        drive=_paired,
        judge=holds(_together, "each input is half of its target, as in the data set"),
        kind="property",
        seeds=10,
        shown="input i is i / 2, target i is i, {n} samples in batches of {batch_size}, shuffled",
    ),
    Check(
        function="TensorDataset.__getitems__",
        name="writing into a batch leaves the data as it was",
        inputs=given(table=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], indices=[0, 1]),
        drive=_written_over,
        judge=equals(
            lambda x: [np.array(x["table"])],
            rule="The rows are copied: what happens to a batch must not reach the data set.",
        ),
        kind="aliasing",
    ),
    Check(
        function="TensorDataset.__getitems__",
        name="four rows cost four rows, not the whole data set",
        inputs=given(shape=(4000, 64), indices=[3, 1999, 3999, 1]),
        drive=_copies,
        judge=equals(lambda x: 0, rule="Halves of the data set allocated to fetch four rows."),
        kind="cost",
        shown="four rows of an array {shape}",
    ),
    Check(
        function="stack_arrays",
        name="two samples become one batch",
        inputs=given(samples=[[1.0, 2.0], [3.0, 4.0]]),
        drive=lambda tt, x: tt.dataloader.collate([np.array(one, np.float32) for one in x["samples"]]),
        judge=equals(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)),
        shown="collate of the samples {samples}",
    ),
    _shapes("samples of different lengths are refused", (2,), (3,)),
    _shapes("samples of different widths are refused", (2, 3), (2, 4)),
    _shapes("a sample of size 1 is not stretched", (3, 1), (3, 4)),
    _shapes("a single number is not stretched", (3,), ()),
    Check(
        function="stack_arrays",
        name="samples of different dtypes are refused",
        inputs=given(first="float32", second="float64"),
        drive=lambda tt, x: tt.dataloader.collate([np.ones(2, x["first"]), np.ones(2, x["second"])]),
        judge=raises(
            ValueError,
            lambda x: x["first"],
            lambda x: x["second"],
            rule="One batch is one array: samples of two dtypes are an error that names both.",
        ),
        kind="contract",
    ),
    Check(
        function="stack_arrays",
        name="the error says which sample it is",
        inputs=given(place=19, of=20),
        drive=_at_place,
        judge=raises(ValueError, lambda x: str(x["place"]), rule="The error says which sample of the batch it is."),
        kind="contract",
        shown="collate of {of} samples of shape (2,), only that in place {place} is (3,)",
    ),
    Check(
        function="stack_arrays",
        name="samples of any rank, dtype and layout",
        inputs=_samples,
        drive=_collated,
        judge=equals(_stacked),
        kind="property",
        seeds=20,
    ),
    Check(
        function="stack_arrays",
        name="a batch of one is a copy, too",
        inputs=given(samples=[[1.0, 2.0]]),
        drive=_kept_after_writing,
        judge=equals(
            lambda x: [np.array(x["samples"], np.float32)],
            rule="The batch is fresh: what happens to the sample later must not reach it.",
        ),
        kind="aliasing",
        shown="collate of the samples {samples}, which are written over afterwards",
    ),
)
