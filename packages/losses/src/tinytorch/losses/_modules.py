"""The losses as objects that carry their options: ``loss = CrossEntropyLoss()(output, target)``."""

from __future__ import annotations

from tinytorch.losses._binary import binary_cross_entropy, binary_cross_entropy_with_logits
from tinytorch.losses._cross_entropy import cross_entropy
from tinytorch.losses._divergence import kl_div, nll_loss
from tinytorch.losses._focal import focal_loss
from tinytorch.losses._reduction import check_reduction
from tinytorch.losses._regression import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from tinytorch.tensor import Tensor


class Loss:
    """A function of a prediction and a target, with its options as attributes.

    A subclass writes `forward`.

    Parameters
    ----------
    reduction : {"none", "sum", "mean"}, default "mean"
    """

    def __init__(self, reduction: str = "mean") -> None:
        check_reduction(type(self).__name__, reduction)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of `input` against `target`."""
        raise NotImplementedError(f"{type(self).__name__}.forward: (input, target) -> loss")

    def __call__(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of `input` against `target`."""
        try:
            return self.forward(input, target)
        except AttributeError:
            for name, x in (("input", input), ("target", target)):
                if not isinstance(x, Tensor):
                    kind = type(x).__name__
                    raise TypeError(
                        f"{self!r}: {name} is a Tensor of tinytorch, not {kind}; make one of it: Tensor({name})."
                    ) from None
            raise

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value is not None)
        return f"{type(self).__name__}({given})"


class MSELoss(Loss):
    """`mse_loss` as an object.

    Parameters
    ----------
    reduction : {"none", "sum", "mean"}, default "mean"
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the squared differences, reduced."""
        return mse_loss(input, target, self.reduction)


class CrossEntropyLoss(Loss):
    """`cross_entropy` as an object.

    Parameters
    ----------
    weight : Tensor, shape (C,), optional
    ignore_index : int, default -100
    reduction : {"none", "sum", "mean"}, default "mean"
    label_smoothing : float, default 0.0
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"CrossEntropyLoss: label_smoothing must lie between 0 and 1, not {label_smoothing}.")
        self.weight = weight
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the cross-entropy of logits against labels or probabilities."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


class BCELoss(Loss):
    """`binary_cross_entropy` as an object.

    Parameters
    ----------
    weight : Tensor, optional
    reduction : {"none", "sum", "mean"}, default "mean"
    """

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.weight = weight

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the binary cross-entropy of probabilities."""
        return binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """`binary_cross_entropy_with_logits` as an object.

    Parameters
    ----------
    weight : Tensor, optional
    reduction : {"none", "sum", "mean"}, default "mean"
    pos_weight : Tensor, optional
    """

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean", pos_weight: Tensor | None = None) -> None:
        super().__init__(reduction)
        self.weight = weight
        self.pos_weight = pos_weight

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the binary cross-entropy of logits."""
        return binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class L1Loss(Loss):
    """`l1_loss` as an object.

    Parameters
    ----------
    reduction : {"none", "sum", "mean"}, default "mean"
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the absolute differences, reduced."""
        return l1_loss(input, target, self.reduction)


class HuberLoss(Loss):
    """`huber_loss` as an object.

    Parameters
    ----------
    reduction : {"none", "sum", "mean"}, default "mean"
    delta : float, default 1.0
        Above 0.
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the Huber loss."""
        return huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(Loss):
    """`smooth_l1_loss` as an object.

    Parameters
    ----------
    reduction : {"none", "sum", "mean"}, default "mean"
    beta : float, default 1.0
        0 or more.
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the smooth absolute difference."""
        return smooth_l1_loss(input, target, self.reduction, self.beta)


class NLLLoss(Loss):
    """`nll_loss` as an object.

    Parameters
    ----------
    weight : Tensor, shape (C,), optional
    ignore_index : int, default -100
    reduction : {"none", "sum", "mean"}, default "mean"
    """

    def __init__(self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.weight = weight
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the negative log-probabilities of the labels, reduced."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class KLDivLoss(Loss):
    """`kl_div` as an object.

    Parameters
    ----------
    reduction : {"none", "sum", "mean", "batchmean"}, default "mean"
    log_target : bool, default False
    """

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__("mean" if reduction == "batchmean" else reduction)
        self.reduction = reduction
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the Kullback-Leibler divergence's terms, reduced."""
        return kl_div(input, target, self.reduction, self.log_target)


class FocalLoss(Loss):
    """`focal_loss` as an object.

    Parameters
    ----------
    alpha : float, optional, default 0.25
    gamma : float, default 2.0
    reduction : {"none", "sum", "mean"}, default "mean"
    """

    def __init__(self, alpha: float | None = 0.25, gamma: float = 2.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.alpha = alpha
        self.gamma = gamma

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the focal loss of logits."""
        return focal_loss(input, target, self.alpha, self.gamma, self.reduction)
