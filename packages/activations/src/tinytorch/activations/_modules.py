"""The functions as objects, so that a model can be a list of its parts: ``Sequential(Linear(2, 3), ReLU(), …)``.

They have no parameters and no state, and need nothing of tinytorch.layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from tinytorch.activations._gelu import gelu
from tinytorch.activations._rectifiers import leaky_relu, relu
from tinytorch.activations._sigmoid import sigmoid, tanh
from tinytorch.activations._smooth import elu, hardswish, silu, softplus
from tinytorch.activations._softmax import log_softmax, softmax
from tinytorch.tensor import Tensor


class Activation:
    """A function of one tensor that stands where a layer could.

    A subclass writes `forward`; what its constructor was given are its attributes.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the function of `x`."""
        raise NotImplementedError(f"{type(self).__name__}.forward: x -> y")

    def __call__(self, x: Tensor) -> Tensor:
        """Return the function of `x`."""
        try:
            return self.forward(x)
        except AttributeError:
            if isinstance(x, Tensor):
                raise
            kind = type(x).__name__
            raise TypeError(f"{self!r}: x is a Tensor of tinytorch, not {kind}; make one of it: Tensor(x).") from None

    def parameters(self) -> Iterator[Tensor]:
        """Return an empty iterator: nothing here is trained."""
        return iter(())

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({given})"


class ReLU(Activation):
    """`relu` as an object."""

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0)."""
        return relu(x)


class LeakyReLU(Activation):
    """`leaky_relu` as an object.

    Parameters
    ----------
    negative_slope : float, default 0.01
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Return x where it is positive, `negative_slope` x elsewhere."""
        return leaky_relu(x, self.negative_slope)


class Sigmoid(Activation):
    """`sigmoid` as an object."""

    def forward(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + e^-x)."""
        return sigmoid(x)


class Tanh(Activation):
    """`tanh` as an object."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the hyperbolic tangent of `x`."""
        return tanh(x)


class GELU(Activation):
    """`gelu` as an object.

    Parameters
    ----------
    approximate : {"none", "tanh"}, default "none"
    """

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: approximate must be 'none' or 'tanh', not {approximate!r}.")
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """Return x Φ(x)."""
        return gelu(x, self.approximate)


class Softmax(Activation):
    """`softmax` as an object.

    Parameters
    ----------
    axis : int, default -1
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return e^x / Σ e^x along `axis`."""
        return softmax(x, self.axis)


class LogSoftmax(Activation):
    """`log_softmax` as an object.

    Parameters
    ----------
    axis : int, default -1
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return x - log Σ e^x along `axis`."""
        return log_softmax(x, self.axis)


class SiLU(Activation):
    """`silu` as an object."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x sigmoid(x)."""
        return silu(x)


class Softplus(Activation):
    """`softplus` as an object.

    Parameters
    ----------
    beta : float, default 1.0
        Above 0.
    """

    def __init__(self, beta: float = 1.0) -> None:
        if not beta > 0:
            raise ValueError(f"Softplus: beta must be above 0, not {beta}.")
        self.beta = beta

    def forward(self, x: Tensor) -> Tensor:
        """Return log(1 + e^(βx)) / β."""
        return softplus(x, self.beta)


class ELU(Activation):
    """`elu` as an object.

    Parameters
    ----------
    alpha : float, default 1.0
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Return x where it is positive, alpha (e^x - 1) elsewhere."""
        return elu(x, self.alpha)


class Hardswish(Activation):
    """`hardswish` as an object."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x min(max(x + 3, 0), 6) / 6."""
        return hardswish(x)
