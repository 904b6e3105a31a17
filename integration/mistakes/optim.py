"""Module 06, optimizers."""

from __future__ import annotations

from integration.mistakes.mistake import Mistake

MISTAKES = (
    Mistake(
        "06-1",
        "Adam does not correct the bias of the first steps.",
        "optim/_adam.py",
        "w1 = (1 - beta1**t) / (1 - beta1)\n    w2 = (1 - beta2**t) / (1 - beta2)",
        "w1 = 1 / (1 - beta1)\n    w2 = 1 / (1 - beta2)",
        ("optim/test_trajectories::test_adams_first_step_is_lr_against_the_gradients_sign",),
    ),
    Mistake(
        "06-2",
        "The count begins at 0.",
        "optim/_adam.py",
        "t = int(count)\n",
        "t = int(count) - 1\n",
        ("optim/test_trajectories::test_adams_first_step_is_lr_against_the_gradients_sign",),
        "ZeroDivisionError",
    ),
    Mistake(
        "06-3",
        "The count grows with each parameter.",
        "optim/_adam.py",
        "count += 1\n",
        "count += len(params)\n",
        ("optim/test_trajectories::test_parameters_of_all_sizes_together_take_the_steps_of_each_alone",),
    ),
    Mistake(
        "06-4",
        "eps stands under the root.",
        "optim/_adam.py",
        "        np.sqrt(v, out=s)\n        s += epsilon\n",
        "        np.sqrt(v + epsilon, out=s)\n",
        ("optim/test_trajectories::test_adam_adds_eps_to_the_root_and_not_under_it",),
    ),
    Mistake(
        "06-5",
        "AdamW's decay is added to the gradient.",
        "optim/_adam.py",
        "functools.partial(adam_kernel, decoupled=True)",
        "functools.partial(adam_kernel, decoupled=False)",
        ("optim/test_trajectories::test_a_thousand_steps_are_those_of_the_papers_box",),
    ),
    Mistake(
        "06-5",
        "AdamW does not decay.",
        "optim/_adam.py",
        "            p *= kept\n",
        "            pass\n",
        ("optim/test_trajectories::test_adamw_decays_every_parameter_at_the_same_rate_whatever_its_gradient",),
    ),
    Mistake(
        "06-6",
        "Parameters of one shape share their state.",
        "optim/_blocks.py",
        "        position += p.size\n        if stop - start",
        "        if stop - start",
        (
            "optim/test_trajectories::test_parameters_of_all_sizes_together_take_the_steps_of_each_alone",
            "optim/test_optimizer::test_two_parameters_of_one_shape_have_each_their_own_state",
        ),
    ),
    Mistake(
        "06-7",
        "A step makes new arrays and leaves the model's alone.",
        "optim/_sgd.py",
        "p -= np.multiply(direction, rate, out=s)",
        "p = p - np.multiply(direction, rate, out=s)",
        ("optim/test_optimizer::test_step_changes_the_same_tensor_on_the_same_memory",),
    ),
    Mistake(
        "06-8",
        "The velocity is the gradient's own memory.",
        "optim/_optimizer.py",
        "            self.update(targets, *[p.grad for p in cohort.params], **settings)\n",
        "            self.update(targets, *[p.grad for p in cohort.params], **settings)\n"
        "            for p in cohort.params:\n                with p.grad.edit() as velocity:\n"
        "                    velocity *= 0.9\n",
        ("optim/test_optimizer::test_gradients_are_released_and_never_written_to",),
    ),
    Mistake(
        "06-9",
        "The learning rate goes into the velocity.",
        "optim/_sgd.py",
        "            u += g if share == 1 else np.multiply(g, share_, out=s)\n"
        "            direction = np.add(g, np.multiply(u, mu, out=s), out=s) if nesterov else u\n"
        "        p -= np.multiply(direction, rate, out=s)",
        "            u += g * rate\n            direction = u / rate\n        p -= np.multiply(direction, rate, out=s)",
        ("optim/test_trajectories::test_a_new_learning_rate_acts_on_the_whole_velocity_at_once",),
    ),
    Mistake(
        "06-10",
        "zero_grad forgets gradients of a copy.",
        "optim/_optimizer.py",
        '            for p in group["params"]:\n                p.grad = None',
        '            for p in [p.detach() for p in group["params"]]:\n                p.grad = None',
        ("optim/test_optimizer::test_zero_grad_forgets_the_gradients_of_the_models_own_tensors",),
    ),
    Mistake(
        "06-11",
        "A parameter without a gradient decays.",
        "optim/_cohort.py",
        "    due = []\n    for cohort in list(cohorts):\n",
        "    for cohort in cohorts:\n        for p in cohort.params:\n            if p.grad is None:\n"
        "                p.grad = p.detach() * 0\n    due = []\n    for cohort in list(cohorts):\n",
        ("optim/test_optimizer::test_a_parameter_without_a_gradient_stays_and_does_not_decay",),
    ),
    Mistake(
        "06-12",
        "A generator of parameters is used up after the first step.",
        "optim/_optimizer.py",
        "        if not keep_gradients:\n            self.zero_grad()",
        "        self._cohorts = [[] for _ in self._cohorts]\n        if not keep_gradients:\n"
        "            self.zero_grad()",
        ("optim/test_optimizer::test_a_generator_of_parameters_serves_every_step",),
    ),
    Mistake(
        "06-13",
        "Steps are recorded, each on top of the last.",
        "optim/_optimizer.py",
        "            self.update(targets, *[p.grad for p in cohort.params], **settings)\n",
        '            for p in cohort.params:\n                made = p - p.grad * group["lr"]\n'
        "                p._array, p._node = made._array, made._node\n",
        ("optim/test_optimizer::test_steps_are_not_recorded",),
    ),
    Mistake(
        "06-14",
        "Nesterov is plain momentum.",
        "optim/_sgd.py",
        "if nesterov else u\n",
        "if False else u\n",
        ("optim/test_trajectories::test_a_thousand_steps_are_those_of_the_papers_box",),
    ),
)
