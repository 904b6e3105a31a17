"""Why each automatic mutant that no check notices survives: by module, and by function and edit.

Most compute what the original computes, for every input that the docstring allows. A reason that begins with "gap" is of
one that does not: a learner could make that mistake and would not be told.
"""

# ruff: noqa: E501  (an edit is quoted as it stands)

from __future__ import annotations

AT_ZERO = "at 0 the exponential is 1, and both branches say the same"
BINCOUNT = "NumPy's bincount refuses it with a ValueError of its own"
FAST_PATH = "it only chooses which of NumPy's products computes the same thing"
NAN = "NaN, whatever is done to it"
ONE_INPUT = "there is one, which is the first and the last"
SHORTCUT = "a shortcut: without it the same numbers are computed"
UNKNOWN_SIZE = "of -1: NumPy takes any negative size for the one to be found"
EMPTY = "an empty part is copied, which changes nothing"
NOBODY = "where nobody was seen, the docstring leaves open how many classes there are"
TIE = "a draw that equals the bound has the probability 2⁻²⁴"

REASONS: dict[tuple[str, str], str] = {
    ("tensor", "matmul_op: x.ndim > 2 -> x.ndim >= 2"): FAST_PATH,
    ("tensor", "matmul_op: x.ndim > 2 and x.flags.c_contiguous -> x.ndim > 2"): FAST_PATH,
    ("tensor", "matmul_op: x.ndim > 2 and x.flags.c_contiguous -> x.flags.c_contiguous"): FAST_PATH,
    ("tensor", "matmul_op: x.ndim == 2 -> x.ndim != 2"): FAST_PATH,
    ("tensor", "matmul_op: 2 -> 1"): FAST_PATH,
    ("tensor", "matmul_op: 2 -> 3"): FAST_PATH,
    ("tensor", "matmul_op: -1 -> 1"): "of a matrix, which it is there, axis 1 is the last",
    ("tensor", "matmul_blocks: 1 -> 0"): "range refuses a step of 0 with a ValueError of its own",
    ("tensor", "offset: True -> False"): "the lengths have been compared before",
    (
        "tensor",
        "sum_to: size == 1 and x.shape[added + axis] != 1 -> size == 1",
    ): "the sum over an axis of size 1 is itself",
    ("tensor", "Tensor.__len__: 0 -> -1"): "NumPy raises the same TypeError for rank 0",
    ("tensor", "mean_op: total * np.nan -> total / np.nan"): NAN,
    ("activations", "logistic: x >= 0 -> x > 0"): AT_ZERO,
    ("activations", "leaky_relu_rule: 0 -> -1"): ONE_INPUT,
    (
        "layers",
        "bernoulli_update: generator.random(target.shape, np.float32) >= p -> generator.random(target.shape, np.float32) > p",
    ): TIE,
    ("layers", "linear_flops: 0 -> -1"): "there is one output",
    ("layers", "dropout: 0 -> -1"): SHORTCUT,
    ("layers", "dropout: 0 -> 1"): SHORTCUT,
    ("losses", "logit_slopes: logits <= 0 -> logits < 0"): AT_ZERO,
    ("losses", "logit_slopes: logits >= 0 -> logits > 0"): AT_ZERO,
    ("losses", "mse_loss_op: total * np.nan -> total / np.nan"): NAN,
    ("autograd", "extreme_rule: 0 -> -1"): ONE_INPUT,
    ("autograd", "matmul_rule: rows.ndim > 2 -> rows.ndim >= 2"): FAST_PATH,
    ("autograd", "matmul_rule: 2 -> 3"): FAST_PATH,
    ("autograd", "matmul_rule: 2 -> 1"): FAST_PATH,
    ("optim", "clip_grad_norm_: factor >= 1 -> factor > 1"): "a factor of 1 changes nothing",
    ("optim", "clip_grad_norm_: False -> True"): "gradients want no gradients, so nothing is recorded anyway",
    ("optim", "sgd_update: 1 -> 0"): SHORTCUT,
    ("optim", "sgd_update: 1 -> 2"): SHORTCUT,
    (
        "optim",
        "sgd_update: g if share == 1 else np.multiply(g, share_, out=s) -> np.multiply(g, share_, out=s)",
    ): SHORTCUT,
    ("optim", "WarmupCosine.rate: t < self.warmup -> t <= self.warmup"): "both formulas give the initial rate there",
    ("autograd", "matmul_rule: rows.ndim > 2 and columns.ndim == 2 -> columns.ndim == 2"): FAST_PATH,
    ("autograd", "matmul_rule: 1 -> 2"): UNKNOWN_SIZE,
    (
        "autograd",
        "central_difference: eps * max(1.0, abs(value)) -> -eps * max(1.0, abs(value))",
    ): "rise and run both change their signs",
    (
        "autograd",
        "topological_order: type(parent) is Output and parent.step not in seen -> type(parent) is Output",
    ): "asked again when the step is taken from the stack",
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
    (
        "losses",
        "mse_loss_rule: -result if step.needs[1] else None -> -result",
    ): "the engine drops a gradient that nobody needs",
    (
        "losses",
        "top_and_total: rows[np.arange(len(rows)), rows.argmax(axis=1)] if rows.size else rows.sum(axis=1) -> rows[np.arange(len(rows)), rows.argmax(axis=1)]",
    ): "differs for no classes alone, which no label fits",
    (
        "dataloader",
        "RandomHorizontalFlip.__call__: self.generator.random(count) < self.p -> self.generator.random(count) <= self.p",
    ): TIE,
    ("dataloader", "Normalize.fit: counts.max(axis=1) -> counts.max()"): "all channels have as many pixels",
    ("dataloader", "Normalize.fit: 1 -> 2"): UNKNOWN_SIZE,
    (
        "dataloader",
        "stack_arrays: stacked is None or stacked.shape != (len(arrays), *first.shape) -> stacked is None",
    ): "NumPy has raised where shapes differ",
    (
        "dataloader",
        "RandomHorizontalFlip.__call__: self.generator.random(_batched(images, \"RandomHorizontalFlip\")) < self.p -> self.generator.random(_batched(images, 'RandomHorizontalFlip')) <= self.p",
    ): TIE,
    (
        "dataloader",
        "Normalize.fit: (value - mean[:, None]) ** 2 -> (-(value - mean[:, None])) ** 2",
    ): "a square has no sign",
    (
        "dataloader",
        "RandomSampler.order: self.generator.integers(len(self.data), size=len(self), dtype=np.int64) -> self.generator.integers(len(self.data), size=len(self))",
    ): "int64 is what NumPy draws anyway",
    (
        "dataloader",
        "Normalize.__call__: np.multiply(images, self._byte_scale, dtype=np.float32) -> np.multiply(images, self._byte_scale)",
    ): "bytes times float32 are float32",
    (
        "dataloader",
        "Normalize.__call__: max -> min",
    ): "several means are added in place, and NumPy refuses other channels with a ValueError of its own",
    (
        "dataloader",
        "Normalize.__call__: images.ndim != 4 or images.shape[1] != channels -> images.shape[1] != channels",
    ): "the docstring speaks of (B, C, H, W) alone",
    ("dataloader", "RandomCrop.__call__: y0 < y1 and x0 < x1 -> x0 < x1"): EMPTY,
    ("dataloader", "RandomCrop.__call__: y0 < y1 and x0 < x1 -> y0 < y1"): EMPTY,
    ("dataloader", "RandomCrop.__call__: x0 < x1 -> x0 <= x1"): EMPTY,
    ("dataloader", "RandomCrop.__call__: y0 < y1 -> y0 <= y1"): EMPTY,
    ("training", "confusion_matrix: 1 -> 0"): NOBODY,
    ("training", "confusion_matrix: 1 -> 2"): NOBODY,
    ("training", "confusion_matrix: 0 -> 1"): "a lowest class of 1 or more is not below 0 either",
    ("training", "confusion_matrix: -1 -> 1"): "of two axes the last is axis 1",
    ("training", "confusion_matrix: actual.min -> actual.max"): BINCOUNT,
    (
        "training",
        "confusion_matrix: predicted.shape != actual.shape or actual.ndim != 1 -> predicted.shape != actual.shape",
    ): BINCOUNT,
}
