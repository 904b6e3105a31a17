"""Loss functions that are right at the edges.

As functions of a prediction and a target, and as objects that carry their options. Losses are in nats. Shapes of
prediction and target must be equal (or those of logits and labels); nothing is broadcast.
"""

from tinytorch.losses._binary import binary_cross_entropy, binary_cross_entropy_with_logits
from tinytorch.losses._cross_entropy import cross_entropy
from tinytorch.losses._divergence import kl_div, nll_loss
from tinytorch.losses._focal import focal_loss
from tinytorch.losses._language import bits_per_byte, perplexity
from tinytorch.losses._modules import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    FocalLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from tinytorch.losses._regression import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from tinytorch.losses._version import __version__

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "FocalLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
    "__version__",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "bits_per_byte",
    "cross_entropy",
    "focal_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "perplexity",
    "smooth_l1_loss",
]
