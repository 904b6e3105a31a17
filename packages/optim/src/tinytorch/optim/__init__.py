"""Optimizers, learning-rate schedules and gradient clipping for TinyTorch.

Optimizers: `SGD`, `Adam`, `AdamW`, `RMSprop`, `Muon`; `Optimizer`, `blocks` and `parts` to write one's own. Each
computes through an update of the seam (`adam_update` and so on), whose kernel can be listened to and exchanged.
Schedules: `StepLR`, `LinearLR`, `CosineAnnealingLR`, `WarmupCosine`, `LambdaLR`, `SequentialLR`. Beside them:
`clip_grad_norm_`, `clip_grad_value_`, `EMA` and `state_bytes`.
"""

from tinytorch.optim._adam import Adam, AdamW, adam_update, adamw_update
from tinytorch.optim._blocks import blocks, parts
from tinytorch.optim._clipping import clip_grad_norm_, clip_grad_value_
from tinytorch.optim._ema import EMA
from tinytorch.optim._memory import state_bytes
from tinytorch.optim._muon import Muon, muon_update, orthogonalize
from tinytorch.optim._optimizer import Optimizer
from tinytorch.optim._rmsprop import RMSprop, rmsprop_update
from tinytorch.optim._schedules import (
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    SequentialLR,
    StepLR,
    WarmupCosine,
)
from tinytorch.optim._sgd import SGD, sgd_update
from tinytorch.optim._version import __version__

__all__ = [
    "EMA",
    "SGD",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "Muon",
    "Optimizer",
    "RMSprop",
    "SequentialLR",
    "StepLR",
    "WarmupCosine",
    "__version__",
    "adam_update",
    "adamw_update",
    "blocks",
    "clip_grad_norm_",
    "clip_grad_value_",
    "muon_update",
    "orthogonalize",
    "parts",
    "rmsprop_update",
    "sgd_update",
    "state_bytes",
]
