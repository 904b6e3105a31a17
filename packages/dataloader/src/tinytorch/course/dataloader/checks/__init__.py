"""What the functions of module 09 promise."""

from __future__ import annotations

from tinytorch.course.dataloader.checks import _augmenting, _epochs, _files, _images, _normalising, _orders, _rows
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (
    *_rows.CHECKS,
    *_orders.CHECKS,
    *_epochs.CHECKS,
    *_normalising.CHECKS,
    *_augmenting.CHECKS,
    *_images.CHECKS,
    *_files.CHECKS,
)
