"""Module 02, activations."""

from __future__ import annotations

from integration.mistakes.mistake import Mistake

MISTAKES = (
    Mistake("02-1", "softmax does not subtract the largest score.", "activations/_softmax.py", "return np.asarray(x - top)", "return np.asarray(x - 0 * top)", ("activations/test_softmax::test_enormous_scores_overflow_nothing",), "RuntimeWarning: overflow"),
    Mistake("02-2", "softmax normalises over the whole tensor.", "activations/_softmax.py", "total: Array = np.maximum(np.add.reduce(result, axis=axis, keepdims=True), 1)", "total: Array = np.maximum(np.add.reduce(result, axis=None, keepdims=True), 1)", ("activations/test_softmax::test_each_axis_has_rows_of_its_own",)),
    Mistake("02-2", "softmax takes the first axis where the last is the default.", "activations/_softmax.py", "def softmax(x: Tensor, axis: int = -1)", "def softmax(x: Tensor, axis: int = 0)", ("activations/test_softmax::test_the_last_axis_is_the_default",)),
    Mistake("02-3", "The largest score is that of the whole tensor, so that small rows vanish.", "activations/_softmax.py", "np.maximum.reduce(x, axis=axis, keepdims=True", "np.maximum.reduce(x, axis=None, keepdims=True", ("activations/test_softmax::test_a_row_of_small_scores_does_not_vanish_beside_one_of_large_ones",)),
    Mistake("02-4", "sigmoid computes e^-x, which overflows.", "activations/_sigmoid.py", "return logistic(x)", "return 1 / (1 + np.exp(-x))", ("activations/test_smooth::test_the_gradient_at_ten_thousand_is_finite_in_both_types",), "RuntimeWarning: overflow"),
    Mistake("02-5", "ReLU writes into its input.", "activations/_rectifiers.py", "return np.maximum(x, zeros, out=zeros)", "x.setflags(write=True)\n    x[x < 0] = 0\n    return x.copy()", ("activations/test_rectifiers::test_relu_leaves_its_input_alone",)),
    Mistake("02-6", "ReLU passes the gradient at 0.", "activations/_rectifiers.py", "grad * (step.output != 0)", "grad * (step.output >= 0)", ("activations/test_rectifiers::test_relu_passes_the_gradient_where_x_is_positive_and_nothing_at_0",)),
    Mistake("02-6", "ReLU hides a NaN.", "activations/_rectifiers.py", "return np.maximum(x, zeros, out=zeros)", "return np.fmax(x, zeros, out=zeros)", ("activations/test_rectifiers::test_relu_hides_no_nan_and_lets_its_gradient_pass",)),
    Mistake("02-7", "GELU is the tanh form where the exact one is asked for.", "activations/_gelu.py", "return gelu_op(floating(x))", "return gelu_tanh_op(floating(x))", ("activations/test_smooth::test_the_two_forms_of_gelu_are_not_mixed_up",)),
    Mistake("02-7", "GELU is the exact form where that of tanh is asked for.", "activations/_gelu.py", "return gelu_tanh_op(floating(x))", "return gelu_op(floating(x))", ("activations/test_smooth::test_the_two_forms_of_gelu_are_not_mixed_up",)),
    Mistake("02-8", "log-softmax is the logarithm of softmax.", "activations/_softmax.py", "    result -= np.log(total)\n    return result", "    return np.log(np.exp(result) / total)", ("activations/test_softmax::test_enormous_scores_overflow_nothing",), "RuntimeWarning: divide by zero"),
    Mistake("02-9", "tanh is a ratio of exponentials.", "tensor/_elementwise.py", "return np.tanh(x)", "return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))", ("activations/test_smooth::test_the_gradient_at_ten_thousand_is_finite_in_both_types",), "RuntimeWarning: overflow"),
    Mistake("02-10", "The leaky slope is on the positive side.", "activations/_rectifiers.py", "result: Array = np.maximum(x, negative)\n    np.minimum(x, negative, out=negative)", "result: Array = np.minimum(x, negative)\n    np.maximum(x, negative, out=negative)", ("activations/test_rectifiers::test_leaky_relu_multiplies_negative_numbers_once_by_the_slope",)),
    Mistake("02-10", "The leaky slope is applied twice.", "activations/_rectifiers.py", "negative *= negative_slope", "negative *= negative_slope * negative_slope", ("activations/test_rectifiers::test_leaky_relu_multiplies_negative_numbers_once_by_the_slope",)),
    Mistake("02-11", "A row that excludes everything is 0/0.", "activations/_softmax.py", "np.maximum.reduce(x, axis=axis, keepdims=True, initial=LOWEST[x.dtype])", "np.maximum.reduce(x, axis=axis, keepdims=True)", ("activations/test_softmax::test_a_row_that_excludes_everything_gives_zeros_and_no_gradient",), "RuntimeWarning: invalid value"),
)  # fmt: skip
