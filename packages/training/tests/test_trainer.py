"""The loop, against a loop written out in NumPy, and against closed forms."""

import gc
import math
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import pytest

from tinytorch.layers import Dropout, Linear, Module, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import SGD, Adam, CosineAnnealingLR, LambdaLR
from tinytorch.tensor import Tensor, from_numpy, is_recording
from tinytorch.training import Callback, ClipGradients, NonFiniteError, Run, Schedule, Trainer, accuracy

Batches = list[tuple[Tensor, Tensor]]
Make = Callable[..., Batches]


def squares(output: Tensor, y: Tensor) -> Tensor:
    return ((output - y) ** 2).mean()


def weights(model: Module) -> dict[str, np.ndarray[Any, Any]]:
    return {name: np.array(value) for name, value in model.state_dict().items()}


def bias_of(model: Linear) -> np.ndarray[Any, Any]:
    assert model.bias is not None
    return np.array(model.bias)


def gradients_by_hand(w: Any, b: Any, batches: list[tuple[Any, Any]]) -> tuple[Any, Any, float]:
    """Gradients and value of the mean squared error over all samples of some batches."""
    x, y = (np.concatenate([np.asarray(batch[i]) for batch in batches]) for i in (0, 1))
    error = x @ w + b - y
    return 2 * x.T @ error / error.size, 2 * error.sum(axis=0) / error.size, float((error**2).mean())


def train_by_hand(model: Linear, groups: list[Batches], lr: float, epochs: int) -> tuple[Any, Any, list[list[float]]]:
    w, b = np.array(model.weight), bias_of(model)
    losses: list[list[float]] = []
    for _ in range(epochs):
        losses.append([])
        for group in groups:
            dw, db, loss = gradients_by_hand(w, b, group)
            w, b = w - lr * dw, b - lr * db
            losses[-1].append(loss)
    return w, b, losses


def test_fit_is_gradient_descent_written_out(linear: Linear, make_batches: Make) -> None:
    batches = make_batches(4, 4, 2)
    w, b, losses = train_by_hand(linear, [[batch] for batch in batches], 0.1, 5)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    history = trainer.fit(batches, epochs=5, progress=False)
    np.testing.assert_allclose(linear.weight.data, w, rtol=1e-12)
    np.testing.assert_allclose(bias_of(linear), b, rtol=1e-12)
    np.testing.assert_allclose(history.step_losses, np.ravel(losses), rtol=1e-12)
    # Ten samples in batches of 4, 4 and 2: each batch counts by its samples.
    np.testing.assert_allclose(history["loss"], [np.average(row, weights=[4, 4, 2]) for row in losses], rtol=1e-12)


def test_gradients_of_one_step_are_gone_in_the_next(linear: Linear, make_batches: Make) -> None:
    # The same batch with a rate of 0: were gradients added up over steps, each norm would be larger than the last.
    norms = []

    class Norms(Callback):
        def on_gradients(self, run: Run) -> None:
            norms.append(float(np.linalg.norm(np.asarray(linear.weight.grad))))

    [batch] = make_batches(4)
    Trainer(linear, SGD(linear.parameters(), lr=0.0), squares).fit([batch] * 3, 2, callbacks=[Norms()], progress=False)
    dw, _, _ = gradients_by_hand(linear.weight.data, bias_of(linear), [batch])
    np.testing.assert_allclose(norms, np.linalg.norm(dw), rtol=1e-12)


def test_gradients_left_by_somebody_else_do_not_reach_the_first_step(linear: Linear, make_batches: Make) -> None:
    [batch] = make_batches(4)
    dw, _, _ = gradients_by_hand(linear.weight.data, bias_of(linear), [batch])
    expected = linear.weight.data - 0.1 * dw
    squares(linear(batch[0]), batch[1]).backward()
    Trainer(linear, SGD(linear.parameters(), lr=0.1), squares).fit([batch], 1, progress=False)
    np.testing.assert_allclose(linear.weight.data, expected, rtol=1e-12)


@pytest.mark.parametrize("sizes", [(4, 4, 4, 4), (4, 4, 4, 4, 4), (5, 3, 4, 1, 2), (3,)])
@pytest.mark.parametrize("accumulate", [2, 3])
def test_accumulated_batches_make_the_step_of_one_large_batch(
    sizes: tuple[int, ...], accumulate: int, linear: Linear, make_batches: Make
) -> None:
    batches = make_batches(*sizes)
    groups = [batches[i : i + accumulate] for i in range(0, len(batches), accumulate)]  # the last one may be short
    w, b, losses = train_by_hand(linear, groups, 0.1, 2)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    history = trainer.fit(batches, 2, accumulate=accumulate, progress=False)
    np.testing.assert_allclose(linear.weight.data, w, rtol=1e-12)
    np.testing.assert_allclose(bias_of(linear), b, rtol=1e-12)
    np.testing.assert_allclose(history.step_losses, np.ravel(losses), rtol=1e-12)


def test_what_is_left_over_is_stepped_even_when_its_loss_is_0() -> None:
    # Momentum moves the weights in a step whose loss and gradient are 0, so a step left out would show.
    def run(accumulate: int) -> tuple[float, int]:
        model = Linear(1, 1, bias=False).astype(np.float64)
        model.load_state_dict({"weight": np.array([[1.0]])})
        zero = (Tensor(np.zeros((1, 1))), Tensor(np.zeros((1, 1))))
        one = (Tensor(np.ones((1, 1))), Tensor(np.zeros((1, 1))))
        trainer = Trainer(model, SGD(model.parameters(), lr=0.1, momentum=0.5), squares)
        history = trainer.fit([one] * accumulate + [zero], 1, accumulate=accumulate, progress=False)
        return model.weight.item(), len(history.step_losses)

    # The gradient of w² at 1 is 2: w = 1 - 0.2, then momentum alone: w = 0.8 - 0.1.
    for accumulate in (1, 2, 3):
        weight, steps = run(accumulate)
        assert steps == 2
        assert weight == pytest.approx(0.7, rel=1e-14)


def test_evaluate_weights_batches_by_their_samples(linear: Linear, make_batches: Make) -> None:
    batches = make_batches(4, 4, 2)
    _, _, expected = gradients_by_hand(linear.weight.data, bias_of(linear), batches)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    assert trainer.evaluate(batches)["loss"] == pytest.approx(expected, rel=1e-14)
    with pytest.raises(ValueError, match="no batches"):
        trainer.evaluate([])


def test_evaluate_counts_accuracy_by_samples(mlp: Sequential, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(10, 6)).astype(np.float32), rng.integers(4, size=10)
    batches = [(from_numpy(x[i : i + 4]), from_numpy(y[i : i + 4])) for i in (0, 4, 8)]
    trainer = Trainer(mlp, SGD(mlp.parameters(), lr=0.1), CrossEntropyLoss(), {"accuracy": accuracy})
    right = (np.asarray(mlp(from_numpy(x))).argmax(axis=1) == y).sum()
    assert trainer.evaluate(batches)["accuracy"] == pytest.approx(right / 10)


class Counter(Module):
    """Notes the mode and the recording of each call; its buffer counts calls in training mode."""

    calls: Tensor

    def __init__(self) -> None:
        self.weight = Linear(3, 2).astype(np.float64)
        self.register_buffer("calls", Tensor(0))
        self.seen: list[tuple[bool, bool]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append((self.training, is_recording()))
        if self.training:
            self.calls.copy_(Tensor(self.calls.item() + 1))
        return self.weight(x)


def test_evaluation_changes_nothing_and_restores_every_module_s_mode(make_batches: Make) -> None:
    model = Sequential(Dropout(0.5), Counter(), Dropout(0.5))
    frozen = model[2]
    frozen.eval()
    trainer = Trainer(model, Adam(model.parameters()), squares)
    before = weights(model)
    batches = make_batches(4, 3)
    first, second = trainer.evaluate(batches), trainer.evaluate(batches)
    assert first == second  # no dropout
    assert trainer.predict(batches).shape == (7, 2)
    assert model[1].seen == [(False, False)] * 6
    assert [module.training for module in model.modules()] == [True, True, True, True, False]
    for name, value in weights(model).items():
        np.testing.assert_array_equal(value, before[name])
    assert all(parameter.grad is None for parameter in model.parameters())


def test_evaluation_restores_modes_and_recording_after_an_error(make_batches: Make) -> None:
    def broken(output: Tensor, y: Tensor) -> Tensor:
        raise RuntimeError("broken")

    model = Sequential(Dropout(0.5), Linear(3, 2).astype(np.float64))
    with pytest.raises(RuntimeError, match="broken"):
        Trainer(model, Adam(model.parameters()), broken).evaluate(make_batches(2))
    assert model.training
    assert is_recording()


def test_fit_trains_in_training_mode_and_leaves_frozen_parts_frozen(make_batches: Make) -> None:
    model = Sequential(Counter(), Dropout(0.5))
    model[1].eval()
    trainer = Trainer(model, SGD(model.parameters(), lr=0.0), squares)
    trainer.fit(make_batches(4, 4), 1, validation=make_batches(4), progress=False)
    assert model[0].seen == [(True, True), (True, True), (False, False)]
    assert not model[1].training
    model.eval()
    trainer.fit(make_batches(4), 1, progress=False)
    assert model.training


def test_predict_keeps_the_loaders_order(linear: Linear, make_batches: Make) -> None:
    batches = make_batches(4, 1, 3)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    x = np.concatenate([np.asarray(batch[0]) for batch in batches])
    expected = x @ linear.weight.data + bias_of(linear)
    np.testing.assert_allclose(trainer.predict(batches), expected, rtol=1e-14)
    np.testing.assert_allclose(trainer.predict(from_numpy(x)), expected, rtol=1e-14)
    with pytest.raises(ValueError, match="no batches"):
        trainer.predict([])


def test_validation_and_metrics_are_in_the_history(mlp: Sequential, rng: np.random.Generator) -> None:
    def data(n: int) -> Batches:
        return [(from_numpy(rng.normal(size=(n, 6)).astype(np.float32)), from_numpy(rng.integers(4, size=n)))]

    held, trained = data(7), data(5)
    trainer = Trainer(mlp, SGD(mlp.parameters(), lr=0.1), CrossEntropyLoss(), {"accuracy": accuracy})
    history = trainer.fit(trained, 3, held, progress=False)
    assert history.names == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert len(history) == len(history.seconds) == 3
    assert {"loss": history["val_loss"][-1], "accuracy": history["val_accuracy"][-1]} == trainer.evaluate(held)
    assert trainer.history is history


# Schedules and clipping


@pytest.mark.parametrize(("every", "expected"), [("step", [1, 2, 3, 4, 5, 6]), ("epoch", [1, 1, 1, 2, 2, 2])])
def test_a_schedule_moves_after_each_step_or_after_each_epoch(
    every: Literal["step", "epoch"], expected: list[int], linear: Linear, make_batches: Make
) -> None:
    optimizer = SGD(linear.parameters(), lr=1e-3)
    schedule = LambdaLR(optimizer, lambda n: n + 1.0)
    rates = []

    class Rates(Callback):
        def on_gradients(self, run: Run) -> None:
            rates.append(round(run.trainer.optimizer.param_groups[0]["lr"] / 1e-3))

    callbacks = [Schedule(schedule, every), Rates()]
    Trainer(linear, optimizer, squares).fit(make_batches(2, 2, 2), 2, callbacks=callbacks, progress=False)
    assert rates == expected


def test_a_cosine_over_all_steps_ends_at_its_minimum(linear: Linear, make_batches: Make) -> None:
    optimizer = SGD(linear.parameters(), lr=0.1)
    batches = make_batches(2, 2, 2)
    rates = []

    class Rates(Callback):
        def on_gradients(self, run: Run) -> None:
            rates.append(optimizer.param_groups[0]["lr"])

    cosine = CosineAnnealingLR(optimizer, 6, 0.01)
    Trainer(linear, optimizer, squares).fit(batches, 2, callbacks=[Rates(), Schedule(cosine, "step")], progress=False)
    np.testing.assert_allclose(rates, [0.01 + 0.09 * (1 + math.cos(math.pi * n / 6)) / 2 for n in range(6)], rtol=1e-12)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


@pytest.mark.parametrize("max_norm", [0.01, 1e9])
def test_clipping_takes_the_norm_of_all_parameters_together_and_never_lengthens(
    max_norm: float, linear: Linear, make_batches: Make
) -> None:
    [batch] = make_batches(6)
    dw, db, _ = gradients_by_hand(linear.weight.data, bias_of(linear), [batch])
    norm = math.sqrt((dw**2).sum() + (db**2).sum())
    factor = min(1.0, max_norm / norm)
    w, b = linear.weight.data - 0.1 * factor * dw, bias_of(linear) - 0.1 * factor * db
    clip = ClipGradients(max_norm)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    trainer.fit([batch], 1, callbacks=[clip], progress=False)
    assert clip.norm == pytest.approx(norm, rel=1e-6)
    np.testing.assert_allclose(linear.weight.data, w, rtol=1e-6)
    np.testing.assert_allclose(bias_of(linear), b, rtol=1e-6)


def test_clipping_comes_after_all_batches_of_a_step(linear: Linear, make_batches: Make) -> None:
    batches = make_batches(3, 3)
    dw, db, _ = gradients_by_hand(linear.weight.data, bias_of(linear), batches)
    clip = ClipGradients(1e9)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    trainer.fit(batches, 1, callbacks=[clip], accumulate=2, progress=False)
    assert clip.norm == pytest.approx(math.sqrt((dw**2).sum() + (db**2).sum()), rel=1e-6)


# Numbers that are not finite


def test_a_loss_that_is_not_a_number_stops_before_the_parameters(linear: Linear, make_batches: Make) -> None:
    good, bad = make_batches(4, 4)
    spoiled = np.array(bad[0])
    spoiled[1, 2] = np.nan
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    w, b, _ = train_by_hand(linear, [[good], [good]], 0.1, 1)
    with pytest.raises(NonFiniteError) as raised:
        trainer.fit([good, good, (from_numpy(spoiled), bad[1])], 2, progress=False)
    np.testing.assert_allclose(linear.weight.data, w, rtol=1e-12)
    np.testing.assert_allclose(bias_of(linear), b, rtol=1e-12)
    text = str(raised.value)
    assert "The loss is nan in epoch 1 of 2, step 3 (batch 3 of the epoch)" in text
    assert "The inputs (4, 3): 1 of 12 numbers are not finite; the outputs (4, 2): 2 of 8" in text
    assert "Look at the data" in text
    assert len(trainer.history.step_losses) == 2


def test_a_rate_that_is_too_large_is_named(linear: Linear, make_batches: Make) -> None:
    trainer = Trainer(linear, SGD(linear.parameters(), lr=1e200), squares)
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(NonFiniteError) as raised:
        trainer.fit(make_batches(4, 4, 4, 4), 5, progress=False)
    assert "Look at the learning rate" in str(raised.value) or "Look at the model" in str(raised.value)
    assert all(np.isfinite(value).all() for value in weights(linear).values())


def test_a_loss_that_takes_the_log_of_0_is_named(linear: Linear, make_batches: Make) -> None:
    def log_of_zero(output: Tensor, y: Tensor) -> Tensor:
        return (output * 0.0).log().mean()

    before = weights(linear)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.25), log_of_zero)
    with (
        np.errstate(divide="ignore"),
        pytest.raises(NonFiniteError, match=r"is -inf.*learning rate \(0\.25\) and at the loss"),
    ):
        trainer.fit(make_batches(4), 1, progress=False)
    for name, value in weights(linear).items():
        np.testing.assert_array_equal(value, before[name])


def test_gradients_without_a_finite_norm_stop_before_the_parameters(linear: Linear, make_batches: Make) -> None:
    # The root's value at 0 is 0 and its slope infinite: the loss is fine and the gradient is not.
    def root(output: Tensor, y: Tensor) -> Tensor:
        return (output - output.detach()).sqrt().mean()

    before = weights(linear)
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), root)
    with (
        np.errstate(all="ignore"),
        pytest.raises(NonFiniteError, match=r"batch 1 of the epoch\).*Those of weight, bias are not"),
    ):
        trainer.fit(make_batches(4), 1, callbacks=[ClipGradients(1.0)], progress=False)
    for name, value in weights(linear).items():
        np.testing.assert_array_equal(value, before[name])


# Bad input


@pytest.mark.parametrize(("epochs", "accumulate"), [(0, 1), (1, 0)])
def test_fit_refuses_numbers_that_mean_nothing(
    epochs: int, accumulate: int, linear: Linear, make_batches: Make
) -> None:
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    with pytest.raises(ValueError, match="both are at least 1"):
        trainer.fit(make_batches(2), epochs, accumulate=accumulate, progress=False)


def test_a_loader_that_is_used_up_is_named(linear: Linear, make_batches: Make) -> None:
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    with pytest.raises(ValueError, match="no batches in epoch 2; a generator gives them once"):
        trainer.fit(iter(make_batches(2)), 2, progress=False)


def test_a_batch_that_is_no_pair_is_named(linear: Linear, make_batches: Make) -> None:
    trainer = Trainer(linear, SGD(linear.parameters(), lr=0.1), squares)
    with pytest.raises(TypeError, match=r"Trainer.fit: a batch is a pair \(x, y\); the loader gave a list of 3"):
        trainer.fit([[1, 2, 3]], 1, progress=False)


def test_a_metric_may_not_be_called_loss(linear: Linear) -> None:
    with pytest.raises(ValueError, match="'loss'"):
        Trainer(linear, SGD(linear.parameters(), lr=0.1), squares, {"loss": accuracy})


# Memory


def test_hundreds_of_steps_leave_nothing_behind(mlp: Sequential, rng: np.random.Generator) -> None:
    x, y = from_numpy(rng.normal(size=(256, 6)).astype(np.float32)), from_numpy(rng.integers(4, size=256))
    trainer = Trainer(mlp, Adam(mlp.parameters()), CrossEntropyLoss(), {"accuracy": accuracy})
    trainer.fit([(x, y)] * 20, 1, progress=False)
    gc.collect()
    tracemalloc.start()
    try:
        trainer.fit([(x, y)] * 300, 1, progress=False)  # NumPy keeps small blocks for later, up to some number
        gc.collect()
        early = tracemalloc.get_traced_memory()[0]
        history = trainer.fit([(x, y)] * 300, 1, progress=False)
        gc.collect()
        late = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # One graph of this model keeps 256 rows of 5 float32 at the least; 300 would be 1.5 MB. The losses take 2.4 kB.
    assert len(history.step_losses) == 300
    assert late - early < 8_000


def test_the_history_holds_floats_and_no_tensor(mlp: Sequential, rng: np.random.Generator) -> None:
    outputs: list[weakref.ref[Tensor]] = []

    def loss(output: Tensor, y: Tensor) -> Tensor:
        outputs.append(weakref.ref(output))
        return CrossEntropyLoss()(output, y)

    batch = (from_numpy(rng.normal(size=(3, 6)).astype(np.float32)), from_numpy(rng.integers(4, size=3)))
    history = Trainer(mlp, Adam(mlp.parameters()), loss).fit([batch] * 3, 1, progress=False)
    assert all(type(value) is float for value in [*history.step_losses, *history["loss"]])
    assert [reference() for reference in outputs] == [None, None, None]


def test_the_old_batch_is_gone_when_the_next_one_is_made(linear: Linear) -> None:
    alive: list[int] = []

    class Given:
        """Gives batches without keeping them, as the frame of a generator would."""

        def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
            made: list[weakref.ref[Tensor]] = []

            def make(_: int) -> tuple[Tensor, Tensor]:
                alive.append(sum(reference() is not None for reference in made))
                x = Tensor(np.ones((2, 3)))
                made.append(weakref.ref(x))
                return x, Tensor(np.ones((2, 2)))

            return map(make, range(4))

    Trainer(linear, SGD(linear.parameters(), lr=0.1), squares).fit(Given(), 1, progress=False)
    assert alive == [0, 0, 0, 0]
