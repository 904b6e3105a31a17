"""Class labels: which are allowed, which count, and how logits are laid out beside them.

Axes: N examples, C classes. Further axes after the class axis (pixels, positions) count as examples, so the losses see
rows, (N, C) -> (N, C) and (N, C, d1, …) -> (N d1 …, C).
"""

from __future__ import annotations

import numpy as np

from tinytorch.tensor import Array, Tensor


def as_rows(x: Array) -> Array:
    """Return scores with one row an example."""
    if x.ndim == 2:
        return x
    if x.ndim == 1:
        return x[None]  # (C,) -> (1, C)
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])  # (N, C, d1, …) -> (N d1 …, C)


def from_rows(rows: Array, shape: tuple[int, ...]) -> Array:
    """Undo `as_rows` for scores of `shape`."""
    if len(shape) <= 2:
        return rows.reshape(shape)
    return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)  # (N d1 …, C) -> (N, C, d1, …)


def check_class_targets(name: str, input: Tensor, target: Tensor, weight: Tensor | None) -> None:
    """Raise unless `target` holds one integer for each example of `input`, and `weight` one number a class."""
    shape = input.shape
    if not shape or input.dtype.kind != "f":
        raise TypeError(
            f"{name}: input must be floats of shape (N, C), (C,) or (N, C, d1, …), "
            f"not {input.dtype.name} of shape {shape}."
        )
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: labels must be integers, not {target.dtype.name}; convert them (target.long()), or give one "
            f"probability a class in a target of the input's shape {shape}."
        )
    expected = () if len(shape) == 1 else (shape[0], *shape[2:])
    if target.shape != expected:
        raise ValueError(
            f"{name}: for an input of shape {shape} ({shape[min(1, len(shape) - 1)]} classes) the labels must have "
            f"shape {expected}, not {target.shape}."
        )
    check_class_weights(name, input, weight)


def check_class_weights(name: str, input: Tensor, weight: Tensor | None) -> None:
    """Raise unless `weight` is absent or holds one number a class."""
    classes = input.shape[min(1, input.ndim - 1)]
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"{name}: weight must hold one number for each of {classes} classes, not {weight.shape}.")


def checked_labels(name: str, target: Array, classes: int, ignore_index: int) -> tuple[Array, Array | None]:
    """Return the labels as a line of int64, and which of them count: None for all, else booleans.

    Ignored labels come back as 0, so that they may index.

    Raises
    ------
    ValueError
        For a label that is neither a class nor `ignore_index`, with its position.
    """
    labels = target.reshape(-1).astype(np.int64, copy=False)
    if not labels.size:
        return labels, None
    # Read as unsigned, negative labels are enormous: one maximum checks both ends.
    if not 0 <= ignore_index < classes and labels.view(np.uint64).max() < classes:
        return labels, None
    valid = labels != ignore_index
    wrong = valid & ((labels < 0) | (labels >= classes))
    if wrong.any():
        first = int(wrong.argmax())
        where = tuple(int(i) for i in np.unravel_index(first, target.shape))
        raise ValueError(
            f"{name}: label {labels[first]} at position {where} is not a class; labels lie between 0 and {classes - 1} "
            f"or are ignore_index = {ignore_index} ({int(wrong.sum())} of {labels.size} are neither)."
        )
    return np.where(valid, labels, 0), valid
