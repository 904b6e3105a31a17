"""Why each automatic mutant that no check notices is no mistake: by module, and by function and edit.

Each computes what the original computes, for every input that the docstring allows.
"""

# ruff: noqa: E501  (an edit is quoted as it stands)

from __future__ import annotations

AT_ZERO = "at 0 the exponential is 1, and both branches say the same"
FAST_PATH = "it only chooses which of NumPy's products computes the same thing"
NAN = "NaN, whatever is done to it"
ONE_INPUT = "there is one, which is the first and the last"
SHORTCUT = "a shortcut: without it the same numbers are computed"
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
    ("optim", "WarmupCosine.rate: t <= warmup -> t < warmup"): "both formulas give the initial rate there",
    (
        "dataloader",
        "RandomHorizontalFlip.__call__: self.generator.random(count) < self.p -> self.generator.random(count) <= self.p",
    ): TIE,
    ("dataloader", "Normalize.fit: std > 0 -> std >= 0"): "Normalize itself refuses a deviation of 0",
    ("dataloader", "Normalize.fit: 0 -> -1"): "Normalize itself refuses a deviation of 0",
    ("dataloader", "Normalize.fit: -1 -> -2"): "NumPy takes any negative size for the unknown one",
}
