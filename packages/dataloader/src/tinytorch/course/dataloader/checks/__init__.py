"""What the functions of module 09 promise."""

from __future__ import annotations

from tinytorch.course.dataloader.checks import (
    _cropping,
    _cutting,
    _epochs,
    _files,
    _fitting,
    _flipping,
    _images,
    _normalising,
    _orders,
    _rows,
)
from tinytorch.tito.checks import Check

CHECKS: tuple[Check, ...] = (
    *_rows.CHECKS,
    *_orders.CHECKS,
    *_cutting.CHECKS,
    *_epochs.CHECKS,
    *_fitting.CHECKS,
    *_normalising.CHECKS,
    *_flipping.CHECKS,
    *_cropping.CHECKS,
    *_images.CHECKS,
    *_files.CHECKS,
)
