"""What the functions of module 04 promise."""

from tinytorch.course.losses.checks import _binary, _classes, _likelihood, _numbers, _shares, _slopes

CHECKS = (
    *_numbers.CHECKS,
    *_binary.CHECKS,
    *_classes.CHECKS,
    *_shares.CHECKS,
    *_slopes.CHECKS,
    *_likelihood.CHECKS,
)
