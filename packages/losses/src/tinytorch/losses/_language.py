"""A language model's cross-entropy in other units: perplexity, and bits per byte of text."""

from __future__ import annotations

import math

from tinytorch.tensor import Tensor


def perplexity(loss: Tensor | float) -> float:
    """Return e^loss: among how many equally likely tokens the model hesitates on average.

    Parameters
    ----------
    loss : Tensor of one element, or float
        Mean cross-entropy in nats per token.

    Returns
    -------
    float
        1 for a perfect model, the size of the vocabulary for a uniform one; inf above a loss of 709.

    References
    ----------
    Jelinek, Mercer, Bahl and Baker (1977), Perplexity: a measure of the difficulty of speech recognition tasks.

    Examples
    --------
    >>> round(perplexity(math.log(65)), 6)
    65.0
    """
    try:
        return math.exp(float(loss))
    except OverflowError:
        return math.inf


def bits_per_byte(loss: Tensor | float, tokens: int, bytes: int) -> float:
    """Return the bits that the model spends on a byte of text, loss / ln 2 · tokens / bytes.

    Unlike perplexity it compares models with different vocabularies: a longer token costs more and covers more.

    Parameters
    ----------
    loss : Tensor of one element, or float
        Mean cross-entropy in nats per token.
    tokens : int
        How many tokens that mean is over.
    bytes : int
        How many bytes of UTF-8 these tokens are.

    Returns
    -------
    float
        8 for a model that knows nothing of bytes.

    Raises
    ------
    ValueError
        If `bytes` is not above 0 or `tokens` is negative.

    Examples
    --------
    >>> bits_per_byte(math.log(256), tokens=100, bytes=100)
    8.0
    """
    if bytes <= 0 or tokens < 0:
        raise ValueError(f"bits_per_byte: bytes must be above 0 and tokens 0 or more, not {bytes} and {tokens}.")
    return float(loss) / math.log(2) * tokens / bytes
