"""Why each automatic mutant that no check notices survives: by module, and by function and edit.

Most compute what the original computes, for every input that the docstring allows. A reason that begins with "gap" is of
one that does not: a learner could make that mistake and would not be told.
"""

# ruff: noqa: E501  (an edit is quoted as it stands)

from __future__ import annotations

ADDED = "np.add.at adds up the same, only slower"
AT_ZERO = "at 0 the exponential is 1, and both branches say the same"
BINCOUNT = "NumPy's bincount refuses it with a ValueError of its own"
EMPTY = "an empty part is copied, which changes nothing"
FAST_PATH = "it only chooses which of NumPy's products computes the same thing"
NOBODY = "where nobody was seen, the docstring leaves open how many classes there are"
NO_BLOCK = "an empty block adds nothing"
NO_MISFIT = "it is then looked for an array that does not fit, and there is none"
ONE_INPUT = "there is one, which is the first and the last"
SHORTCUT = "a shortcut: without it the same numbers are computed"
TIE = "a draw that equals the bound has the probability 2⁻²⁴"
UNKNOWN_SIZE = "of -1: NumPy takes any negative size for the one to be found"

REASONS: dict[tuple[str, str], str] = {
    (
        "tensor",
        "sum_to: size == 1 and x.shape[added + axis] != 1 -> size == 1",
    ): "the sum over an axis of size 1 is itself",
    ("tensor", "matmul_op: y.ndim == 2 -> False"): FAST_PATH,
    ("tensor", "matmul_op: 2 -> 3 in x.ndim > 2"): FAST_PATH,
    ("tensor", "matmul_op: 2 -> 1 in x.ndim > 2"): FAST_PATH,
    ("tensor", "matmul_op: 2 -> 3 in x.ndim == 2"): FAST_PATH,
    ("tensor", "matmul_op: x.ndim == 2 -> False"): FAST_PATH,
    ("tensor", "matmul_op: x.ndim > 2 and x.flags.c_contiguous -> False"): FAST_PATH,
    ("tensor", "matmul_blocks: m -> m + 1 in range(0, m, size)"): NO_BLOCK,
    ("tensor", "matmul_blocks: n -> n + 1 in range(0, n, size)"): NO_BLOCK,
    ("tensor", "offset: len(index) != len(strides) -> False"): "the strict zip refuses it with a ValueError of its own",
    (
        "tensor",
        "offset: zip(index, strides, strict=True) -> zip(strides, index, strict=True)",
    ): "a product has no order",
    ("tensor", "matmul_blocks: 1 -> 0 in size < 1"): "range refuses a step of 0 with a ValueError of its own",
    ("activations", "logistic: x >= 0 -> x > 0 in np.maximum(e, x >= 0)"): AT_ZERO,
    (
        "layers",
        "bernoulli_update: generator.random(target.shape, np.float32) >= p -> generator.random(target.shape, np.float32) > p",
    ): TIE,
    (
        "layers",
        "Linear.__init__: np.random.default_rng() if generator is None else generator -> generator",
    ): "each draw then makes a generator of its own",
    (
        "layers",
        "linear_op: y if x.ndim == 2 else y.reshape(*x.shape[:-1], y.shape[1]) -> y.reshape(*x.shape[:-1], y.shape[1])",
    ): SHORTCUT,
    (
        "layers",
        "linear_op: x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1]) -> x.reshape(math.prod(x.shape[:-1]), x.shape[-1])",
    ): SHORTCUT,
    ("layers", "parts_of: (*above, id(value)) -> (id(value), *above)"): "only asked what is in it, not in which order",
    (
        "layers",
        "Linear.__init__: generator = np.random.default_rng() if generator is None else generator -> pass",
    ): "each draw then makes a generator of its own",
    ("losses", "logit_slopes: logits <= 0 -> logits < 0"): AT_ZERO,
    ("losses", "logit_slopes: logits >= 0 -> logits > 0"): AT_ZERO,
    (
        "losses",
        "mse_loss_rule: -result if step.needs[1] else None -> -result",
    ): "the engine drops a gradient that nobody needs",
    (
        "losses",
        "top_and_total: rows[np.arange(len(rows)), rows.argmax(axis=1)] if rows.size else rows.sum(axis=1) -> rows[np.arange(len(rows)), rows.argmax(axis=1)]",
    ): "differs for no classes alone, which no label fits",
    (
        "losses",
        'binary_cross_entropy_op: np.errstate(divide="ignore") -> np.errstate()',
    ): "the same numbers, with a warning of NumPy beside them that the docstring does not exclude",
    ("autograd", "matmul_rule: rows.ndim > 2 and columns.ndim == 2 -> columns.ndim == 2"): FAST_PATH,
    ("autograd", "extreme_rule: 0 -> -1 in with_reduced_axes(grad, step.shapes[0], axis)"): ONE_INPUT,
    ("autograd", "matmul_rule: rows.ndim > 2 -> rows.ndim < 2"): FAST_PATH,
    ("autograd", "matmul_rule: rows.ndim > 2 and columns.ndim == 2 -> False"): FAST_PATH,
    (
        "autograd",
        '_add_rows: np.argsort(rows, kind="stable") -> np.argsort(rows)',
    ): "equal rows are added in another order",
    (
        "autograd",
        "index_add_op: is_basic(index) or (isinstance(index, np.ndarray) and index.dtype.kind == \"b\") -> isinstance(index, np.ndarray) and index.dtype.kind == 'b'",
    ): ADDED,
    (
        "autograd",
        "index_add_op: isinstance(index, np.ndarray) and x.ndim > index.ndim -> isinstance(index, np.ndarray)",
    ): ADDED,
    ("autograd", "index_add_op: x.ndim > index.ndim -> x.ndim >= index.ndim"): ADDED,
    (
        "autograd",
        "central_difference: (value + step, value - step) -> (value - step, value + step)",
    ): "rise and run both change their signs",
    ("optim", "adam_kernel: weight_decay -> True in elif weight_decay:"): "a decay of 0 adds nothing",
    ("optim", "sgd_update: weight_decay -> True in if weight_decay:"): "a decay of 0 adds nothing",
    ("optim", "sgd_update: 1 -> 2 in share == 1"): SHORTCUT,
    ("optim", "WarmupCosine.rate: math.pi * done -> -math.pi * done"): "a cosine is the same on both sides of 0",
    (
        "training",
        "confusion_matrix: predicted.shape != actual.shape or actual.ndim != 1 -> predicted.shape != actual.shape",
    ): BINCOUNT,
    ("training", "confusion_matrix: 1 -> 2 in predicted.max(initial=-1)"): NOBODY,
    ("training", "confusion_matrix: 1 -> 0 in actual.max(initial=-1)"): NOBODY,
    ("training", "Trainer.evaluate: self.metrics -> True in if self.metrics:"): SHORTCUT,
    ("training", "Trainer._backward: self.metrics -> True in if self.metrics:"): SHORTCUT,
    ("training", "confusion_matrix: -1 -> 1 in axis=-1"): "of two axes the last is axis 1",
    ("training", "confusion_matrix: -1 -> 1 in scores.shape[-1]"): "of two axes the last is axis 1",
    (
        "training",
        "confusion_matrix: 0 -> 1 in actual.min(initial=0)",
    ): "a lowest class of 1 or more is not below 0 either",
    (
        "training",
        "confusion_matrix: 0 -> 1 in predicted.min(initial=0)",
    ): "a lowest class of 1 or more is not below 0 either",
    ("training", "confusion_matrix: 1 -> 0 in predicted.max(initial=-1)"): NOBODY,
    (
        "training",
        "confusion_matrix: np.bincount(cells, minlength=count * count).astype(np.int64) -> np.bincount(cells, minlength=count * count)",
    ): "NumPy counts in the machine's integers, which have 64 bits",
    ("dataloader", "Normalize.fit: counts.max(axis=1) -> counts.max()"): "all channels have as many pixels",
    (
        "dataloader",
        "Normalize.fit: (value - mean[:, None]) ** 2 -> (-(value - mean[:, None])) ** 2",
    ): "a square has no sign",
    (
        "dataloader",
        "Normalize.__call__: max -> min",
    ): "several means are added in place, and NumPy refuses other channels with a ValueError of its own",
    ("dataloader", "RandomCrop.__call__: x0 < x1 -> x0 <= x1"): EMPTY,
    (
        "dataloader",
        "stack_arrays: stacked.shape != (len(arrays), *first.shape) -> stacked.shape == (len(arrays), *first.shape)",
    ): "NumPy makes an array of arrays of objects alone, and objects have no tensor",
    ("dataloader", "stack_arrays: (len(arrays), *first.shape) -> (*first.shape, len(arrays))"): NO_MISFIT,
    ("dataloader", "stack_arrays: stacked is None or stacked.shape != (len(arrays), *first.shape) -> True"): NO_MISFIT,
    ("dataloader", "Normalize.fit: value - mean[:, None] -> mean[:, None] - value"): "a square has no sign",
    (
        "dataloader",
        "stack_arrays: stacked is None -> stacked is not None in np.array(arrays, dtype=first.dtype) if stacked is None else stacked",
    ): "the same copy, made a second time",
    (
        "dataloader",
        "stack_arrays: np.array(arrays, dtype=first.dtype) if stacked is None else stacked -> np.array(arrays, dtype=first.dtype)",
    ): "the same copy, made a second time",
    (
        "dataloader",
        "Normalize.__call__: self._shift.astype(images.dtype) -> self._shift",
    ): "added in place, the sum has the type of the images",
    (
        "dataloader",
        "stack_arrays: np.array(arrays, dtype=first.dtype) -> np.array(arrays) in np.array(arrays, dtype=first.dtype) if stacked is None else stacked",
    ): "never run: what did not fit has been named",
    ("dataloader", "Normalize.fit: 1 -> 2 in chunk[:, channel].reshape(-1)"): UNKNOWN_SIZE,
}
