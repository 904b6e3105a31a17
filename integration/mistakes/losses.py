"""Module 04, losses."""

from __future__ import annotations

from integration.mistakes.mistake import Mistake

MISTAKES = (
    Mistake("04-1", "The logarithm of a probability of 0 is not bounded.", "losses/_binary.py", "losses: Array = target * -np.maximum(log_yes, LOWEST_LOG)", "losses: Array = target * -log_yes", ("losses/test_binary::test_probabilities_of_exactly_0_and_1_are_finite",), "RuntimeWarning: invalid value"),
    Mistake("04-2", "Cross-entropy applies softmax to what has been through it.", "losses/_cross_entropy.py", "    return cross_entropy_op(\n        input,", "    return cross_entropy_op(\n        log_softmax(input, min(1, input.ndim - 1)).exp(),", ("losses/test_cross_entropy::test_known_numbers",)),
    Mistake("04-3", "The sum of exponentials is not shifted.", "losses/_cross_entropy.py", "shifted: Array = rows - top[:, None]", "top = np.zeros_like(top)\n    shifted: Array = rows - top[:, None]", ("losses/test_cross_entropy::test_enormous_logits_give_the_exact_loss_in_their_own_type",), "RuntimeWarning: overflow"),
    Mistake("04-4", "The mean runs over batch and classes.", "losses/_cross_entropy.py", "divisor = float(n if valid is None else np.count_nonzero(valid))", "divisor = float(n * classes if valid is None else np.count_nonzero(valid))", ("losses/test_cross_entropy::test_known_numbers",)),
    Mistake("04-5", "The gradient is not divided by N.", "losses/_cross_entropy.py", "grad = grad * (1 / divisor if divisor else 0.0)", "grad = grad * 1.0", ("losses/test_cross_entropy::test_the_gradient_is_softmax_minus_one_hot_over_n",)),
    Mistake("04-6", "All rows are read at all labels.", "losses/_cross_entropy.py", "losses -= rows[every, counted.labels] - top", "losses -= rows[:, counted.labels].mean(axis=1) - top", ("losses/test_cross_entropy::test_each_example_is_read_at_its_own_label",)),
    Mistake("04-7", "Shapes that differ are broadcast in silence.", "losses/_reduction.py", "if input.shape != target.shape:", "if False:", ("losses/test_regression::test_shapes_that_would_broadcast_are_refused",)),
    Mistake("04-8", "Binary cross-entropy clips the logits.", "losses/_binary.py", "return binary_cross_entropy_with_logits_op(input,", "return binary_cross_entropy_with_logits_op(input.clip(-15.0, 15.0),", ("losses/test_binary::test_a_confident_error_keeps_its_whole_gradient",)),
    Mistake("04-9", "Ignored labels count in the mean.", "losses/_cross_entropy.py", "divisor = float(n if valid is None else np.count_nonzero(valid))", "divisor = float(n)", ("losses/test_cross_entropy::test_an_ignored_label_is_left_out_of_the_mean_and_gets_no_gradient",)),
    Mistake("04-10", "The sum is the mean.", "losses/_cross_entropy.py", "        return losses.sum()\n    return losses.sum() / counted.divisor if", "        return losses.mean()\n    return losses.sum() / counted.divisor if", ("losses/test_cross_entropy::test_the_three_reductions_are_each_example_their_sum_and_their_mean",)),
    Mistake("04-10", "mean and sum are mixed up.", "losses/_reduction.py", 'if reduction == "mean":', 'if reduction == "sum":', ("losses/test_regression::test_the_three_reductions_are_each_element_their_sum_and_their_mean",)),
    Mistake("04-11", "Class weights are divided by N, not by their sum.", "losses/_cross_entropy.py", "divisor = float((own if valid is None else own * valid).sum())", "divisor = float(n)", ("losses/test_cross_entropy::test_class_weights_multiply_and_the_mean_divides_by_their_sum",)),
    Mistake("04-11", "Label smoothing spreads over the wrong classes, C - 1.", "losses/_cross_entropy.py", "* (label_smoothing / classes)", "* (label_smoothing / (classes - 1))", ("losses/test_cross_entropy::test_label_smoothing_mixes_in_the_uniform_distribution",)),
)  # fmt: skip
