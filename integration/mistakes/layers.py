"""Module 03, layers."""

from __future__ import annotations

from integration.mistakes.mistake import Mistake

MISTAKES = (
    Mistake("03-1", "Weights begin at 0.", "layers/_linear.py", "bound = 1 / math.sqrt(in_features)", "bound = 0.0", ("layers/test_linear::test_two_layers_and_two_units_start_differently",)),
    Mistake("03-2", "All layers draw from the same seed.", "layers/_linear.py", "generator = np.random.default_rng() if generator is None else generator", "generator = np.random.default_rng(0)", ("layers/test_linear::test_two_layers_and_two_units_start_differently",)),
    Mistake("03-3", "The scale follows the outputs.", "layers/_linear.py", "bound = 1 / math.sqrt(in_features)", "bound = 1 / math.sqrt(out_features)", ("layers/test_linear::test_initial_scale_follows_the_inputs_not_the_outputs",)),
    Mistake("03-3", "The scale lacks the root.", "layers/_linear.py", "bound = 1 / math.sqrt(in_features)", "bound = 1 / in_features", ("layers/test_linear::test_initial_weights_and_biases_fill_the_interval_of_one_over_root_in",)),
    Mistake("03-3", "Kaiming's scale is Xavier's.", "layers/_initialisation.py", "return math.sqrt(2 / ((1 + a * a) * fan))", "return math.sqrt(1 / ((1 + a * a) * fan))", ("layers/test_initialisation::test_the_variance_is_the_papers",)),
    Mistake("03-4", "The bias is added before the product.", "layers/_linear.py", "    if bias is not None:\n        y += bias\n", "    if bias is not None:\n        y = (rows + bias.mean()).dot(weight)\n", ("layers/test_linear::test_the_bias_is_added_after_the_product",)),
    Mistake("03-4", "The bias runs along the rows where they are as many as the outputs.", "layers/_linear.py", "        y += bias\n", "        y += bias[:, None] if len(y) == len(bias) else bias\n", ("layers/test_linear::test_the_bias_runs_along_outputs_not_rows_even_where_both_are_as_many",)),
    Mistake("03-5", "The weight has shape (out, in).", "layers/_linear.py", "Parameter(zeros(in_features, out_features))", "Parameter(zeros(out_features, in_features))", ("layers/test_linear::test_a_layer_has_its_weight_as_in_by_out_and_computes_with_it",)),
    Mistake("03-6", "parameters() does not look into lists and dicts.", "layers/_search.py", "elif isinstance(value, (list, tuple, dict)):", "elif False:", ("layers/test_module::test_parameters_are_found_in_attributes_children_lists_tuples_and_dicts",)),
    Mistake("03-6", "A shared parameter comes twice.", "layers/_search.py", "        if id(thing) not in seen:\n", "        if True:\n", ("layers/test_module::test_a_shared_parameter_comes_once_and_is_one_thing",)),
    Mistake("03-7", "Survivors of dropout are not scaled.", "layers/_dropout.py", "1 / (1 - p)", "1", ("layers/test_dropout::test_the_share_that_is_dropped_is_p_and_the_survivors_are_divided_by_one_minus_p",)),
    Mistake("03-8", "Dropout drops in evaluation.", "layers/_dropout.py", "if self.training else x", "if True else x", ("layers/test_dropout::test_dropout_does_nothing_in_evaluation_and_draws_nothing",)),
    Mistake("03-8", "Each call has the same mask.", "layers/_dropout.py", "return dropout(x, self.p, self.generator)", "return dropout(x, self.p, np.random.default_rng(0))", ("layers/test_dropout::test_each_call_draws_another_mask_and_the_same_seed_the_same_sequence",)),
    Mistake("03-9", "eval() does not reach the layers inside.", "layers/_module.py", "        for module in self.modules():\n            module.training = mode", "        self.training = mode", ("layers/test_module::test_train_and_eval_reach_every_depth_and_return_the_module",)),
    Mistake("03-10", "A chain works on the list that it was given.", "layers/_containers.py", "        self._layers: list[Layer] = []\n        self.extend(layers)", "        self._layers: list[Layer] = layers if isinstance(layers, list) else list(layers)", ("layers/test_containers::test_a_chain_does_not_share_the_list_it_was_given",)),
    Mistake("03-11", "A layer without bias has one.", "layers/_linear.py", "generator=generator) if bias else None", "generator=generator) if True else None", ("layers/test_linear::test_without_bias_there_is_none",)),
    Mistake("03-12", "A parameter that is assigned later is not found.", "layers/_module.py", "        return ((name, value) for name, value in list(vars(self).items()) if name not in (\"_hooks\", \"_buffers\"))", "        if \"_first\" not in vars(self):\n            vars(self)[\"_first\"] = [name for name in vars(self) if name not in (\"_hooks\", \"_buffers\")]\n        return ((name, vars(self).get(name)) for name in vars(self)[\"_first\"])", ("layers/test_module::test_a_parameter_assigned_later_is_found_and_a_replaced_or_deleted_one_is_not",)),
)  # fmt: skip
