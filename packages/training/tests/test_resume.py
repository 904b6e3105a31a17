"""A run that was stopped and carried on is, bit for bit, the run that never stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinytorch.activations import ReLU
from tinytorch.dataloader import Compose, DataLoader, Digits, Normalize, RandomErasing
from tinytorch.layers import Dropout, Flatten, Linear, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import SGD, Adam, CosineAnnealingLR, Optimizer
from tinytorch.tensor import Tensor, from_numpy
from tinytorch.training import (
    Callback,
    Checkpoint,
    CheckpointError,
    EarlyStopping,
    Interrupted,
    NonFiniteError,
    Remember,
    Run,
    SaveBest,
    Schedule,
    Trainer,
    accuracy,
    load_state,
    load_weights,
)


class StopAt(Callback):
    """Does something after a given step."""

    def __init__(self, step: int, action: Any) -> None:
        self.step = step
        self.action = action

    def on_step_end(self, run: Run) -> None:
        if run.step == self.step:
            self.action()


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


class Setup:
    """A whole run in which everything draws: order, augmentation, dropout, noise."""

    def __init__(self, kind: str = "adam", seed: int = 0) -> None:
        def draw(n: int) -> np.random.Generator:
            return np.random.default_rng([seed, n])

        augmented = Compose([RandomErasing(generator=draw(0)), Normalize(0.5, 0.3)])
        data = Digits(train=False, transform=augmented)  # 364 images: 6 batches of 64, the last one short
        self.loader = DataLoader(data, batch_size=64, shuffle=True, generator=draw(1))
        self.held = DataLoader(Digits(train=False), batch_size=100, shuffle=True, generator=draw(2))
        self.model = Sequential(
            Flatten(),
            Linear(64, 12, generator=draw(3)),
            ReLU(),
            Dropout(0.2, generator=draw(4)),
            Linear(12, 10, generator=draw(5)),
        )
        self.optimizer: Optimizer
        if kind == "adam":
            self.optimizer = Adam(self.model.parameters(), lr=0.01)
        else:
            self.optimizer = SGD(self.model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
        self.noise = draw(6)
        self.schedule = CosineAnnealingLR(self.optimizer, 40)

    def loss(self, output: Tensor, y: Tensor) -> Tensor:
        noise = self.noise.normal(size=output.shape).astype(np.float32) * 0.01
        return CrossEntropyLoss()(output + from_numpy(noise), y)

    def run(self, path: Path, *more: Callback, epochs: int = 5, accumulate: int = 1, **options: Any) -> dict[str, Any]:
        """Train and return everything that could differ."""
        self.trainer = Trainer(self.model, self.optimizer, self.loss, {"accuracy": accuracy})
        callbacks = [
            Checkpoint(path, resume=True, **options),  # first, and yet it saves what the others have done
            *more,
            Schedule(self.schedule, "step"),
            EarlyStopping("val_loss", patience=4),
            Remember(noise=self.noise),
        ]
        history = self.trainer.fit(self.loader, epochs, self.held, callbacks, accumulate=accumulate, progress=False)
        return {
            "steps": history.step_losses.tolist(),
            "columns": {name: history[name] for name in history},
            "weights": {name: np.array(value).tobytes() for name, value in self.model.state_dict().items()},
            "rate": self.optimizer.param_groups[0]["lr"],
            "draws": [generator.random() for generator in (self.noise, self.model[3].generator)],
            "orders": [np.array(batch.y).tolist() for loader in (self.loader, self.held) for batch in loader],
        }


@pytest.mark.parametrize("kind", ["adam", "sgd"])
@pytest.mark.parametrize("step", [1, 6, 7, 15, 18, 29])
def test_a_run_stopped_after_any_step_goes_on_bit_for_bit(kind: str, step: int, folder: Path) -> None:
    # 6 steps an epoch: 6 and 18 are the last of an epoch, 7 the first of one.
    whole = Setup(kind).run(folder / "whole")
    path = folder / "stopped"
    with pytest.raises(Interrupted, match=f"step {step} "):
        Setup(kind).run(path, StopAt(step, press_ctrl_c))
    other = Setup(kind, seed=9)  # whatever the second process draws at first must not matter
    assert other.run(path) == whole


def test_a_run_stopped_many_times_goes_on_bit_for_bit(folder: Path) -> None:
    whole = Setup().run(folder / "whole")
    for step in (4, 5, 6, 13, 24):
        with pytest.raises(Interrupted):
            Setup().run(folder / "stopped", StopAt(step, press_ctrl_c))
    assert Setup().run(folder / "stopped") == whole


def test_a_run_with_accumulated_batches_goes_on_bit_for_bit(folder: Path) -> None:
    whole = Setup().run(folder / "whole", accumulate=4)  # 4 + 2 batches: two steps an epoch
    for step in (1, 2, 5):
        with pytest.raises(Interrupted):
            Setup().run(folder / "stopped", StopAt(step, press_ctrl_c), accumulate=4)
    assert Setup().run(folder / "stopped", accumulate=4) == whole


def test_a_run_that_died_goes_on_from_its_last_checkpoint_bit_for_bit(folder: Path) -> None:
    def die() -> None:
        raise RuntimeError("power cut")

    whole = Setup().run(folder / "whole", unit="step", every=4)
    with pytest.raises(RuntimeError, match="power cut"):
        Setup().run(folder / "stopped", StopAt(15, die), unit="step", every=4)
    assert load_state(folder / "stopped")["run"]["step"] == 12
    assert Setup().run(folder / "stopped", unit="step", every=4) == whole


def test_a_run_can_be_made_longer(folder: Path) -> None:
    whole = Setup().run(folder / "whole", epochs=5)
    Setup().run(folder / "short", epochs=3)
    assert Setup().run(folder / "short", epochs=5) == whole


def test_a_finished_run_is_not_trained_again(folder: Path) -> None:
    first = Setup().run(folder / "a", epochs=2)
    again = Setup()
    assert again.run(folder / "a", StopAt(13, press_ctrl_c), epochs=2)["weights"] == first["weights"]
    assert len(again.trainer.history) == 2


def test_a_ctrl_c_during_validation_is_carried_on_bit_for_bit(folder: Path) -> None:
    class Pressing:
        """A validation loader during whose second pass somebody presses Ctrl-C."""

        def __init__(self, loader: Any) -> None:
            self.loader = loader
            self.passes = 0

        def __iter__(self) -> Iterator[Any]:
            self.passes += 1
            if self.passes == 2:
                press_ctrl_c()
            yield from self.loader

        def state_dict(self) -> Any:
            return self.loader.state_dict()

        def load_state_dict(self, state: Any) -> None:
            self.loader.load_state_dict(state)

    whole, setup = Setup().run(folder / "whole"), Setup()
    setup.held = Pressing(setup.held)  # type: ignore[assignment]
    with pytest.raises(Interrupted, match="epoch 2 of 5, step 12 "):
        setup.run(folder / "stopped")
    assert load_state(folder / "stopped")["run"]["phase"] == "between"  # validation was finished first
    assert Setup().run(folder / "stopped") == whole


def test_a_list_of_batches_is_carried_on_at_its_place(folder: Path) -> None:
    rng = np.random.default_rng(4)
    batches = [
        (from_numpy(rng.normal(size=(3, 2)).astype(np.float32)), from_numpy(rng.normal(size=(3, 1)).astype(np.float32)))
        for _ in range(5)
    ]

    def run(path: Path, *more: Callback) -> list[float]:
        model = Linear(2, 1, generator=np.random.default_rng(1))
        trainer = Trainer(model, SGD(model.parameters(), lr=0.1), lambda output, y: ((output - y) ** 2).mean())
        trainer.fit(batches, 3, callbacks=[*more, Checkpoint(path, resume=True)], progress=False)
        return trainer.history.step_losses.tolist()

    whole = run(folder / "whole")
    with pytest.raises(Interrupted):
        run(folder / "stopped", StopAt(8, press_ctrl_c))
    assert run(folder / "stopped") == whole


def test_the_seconds_of_an_epoch_count_what_was_spent_on_it_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, waited = time.perf_counter, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock() + sum(waited))

    def wait_and_press() -> None:
        waited.append(1000.0)
        press_ctrl_c()

    with pytest.raises(Interrupted):
        Setup().run(folder / "a", StopAt(8, wait_and_press))  # in the second epoch
    setup = Setup()
    setup.run(folder / "a")
    seconds = setup.trainer.history.seconds
    assert 1000.0 < seconds[1] < 2000.0
    assert max(seconds[:1] + seconds[2:]) < 1000.0


def test_early_stopping_carries_its_count_and_its_best_weights_on(folder: Path) -> None:
    def run(path: Path, *more: Callback) -> tuple[Any, Any, int]:
        setup = Setup("sgd")
        setup.optimizer.param_groups[0]["lr"] = 1.5  # far too large, so that it gets worse
        stopping = EarlyStopping("val_loss", patience=3)
        trainer = Trainer(setup.model, setup.optimizer, setup.loss)
        callbacks = [*more, stopping, Remember(noise=setup.noise), Checkpoint(path, resume=True)]
        trainer.fit(setup.loader, 30, setup.held, callbacks, progress=False)
        state = {name: np.array(value).tobytes() for name, value in setup.model.state_dict().items()}
        return trainer.history["val_loss"], state, stopping.best_epoch

    with np.errstate(all="ignore"):
        whole = run(folder / "whole")
        epochs = len(whole[0])
        assert whole[2] <= epochs - 3 < 27
        with pytest.raises(Interrupted):
            run(folder / "stopped", StopAt(6 * (epochs - 1) + 2, press_ctrl_c))
        assert run(folder / "stopped") == whole
        assert run(folder / "stopped") == whole  # stopped early is stopped for good


# What does not fit


def snapshot(setup: Setup) -> dict[str, bytes]:
    return {name: np.array(value).tobytes() for name, value in setup.model.state_dict().items()}


def test_a_checkpoint_of_another_model_is_refused_and_nothing_is_lost(folder: Path) -> None:
    Setup().run(folder / "a", epochs=1)
    content = (folder / "a").read_bytes()
    other = Setup()
    other.model = Sequential(Flatten(), Linear(64, 16), ReLU(), Dropout(0.2), Linear(16, 10))
    other.optimizer = Adam(other.model.parameters())
    before = snapshot(other)
    with pytest.raises(
        CheckpointError, match=r"a is a checkpoint of another model: 1\.weight is \(64, 12\), here \(64, 16\)"
    ):
        other.run(folder / "a")
    assert snapshot(other) == before
    assert (folder / "a").read_bytes() == content


def test_a_checkpoint_of_another_optimizer_or_loader_or_callback_is_refused(folder: Path) -> None:
    path = folder / "a"
    Setup().run(path, epochs=1)
    other = Setup("sgd")
    before = snapshot(other)
    with pytest.raises(CheckpointError, match="saved with the optimizer Adam, this run has SGD"):
        other.run(path)
    assert snapshot(other) == before
    other = Setup()
    other.loader = DataLoader(Digits(train=False), batch_size=32)
    with pytest.raises(CheckpointError, match="batch_size 64"):
        other.run(path)
    assert snapshot(other) == before
    trainer = Trainer(other.model, other.optimizer, other.loss, {"accuracy": accuracy})
    with pytest.raises(CheckpointError, match="saved with the callback Schedule, which this run lacks"):
        trainer.fit(Setup().loader, 2, callbacks=[Checkpoint(path, resume=True)], progress=False)


def test_a_model_that_draws_where_the_saved_one_did_not_is_refused(folder: Path) -> None:
    def trainer(p: list[Any]) -> Trainer:
        model = Sequential(Linear(2, 1, generator=np.random.default_rng(0)), *p)
        return Trainer(model, SGD(model.parameters(), lr=0.1), lambda output, y: ((output - y) ** 2).mean())

    batches = [(Tensor(np.ones((2, 2), np.float32)), Tensor(np.ones((2, 1), np.float32)))]
    trainer([]).fit(batches, 1, callbacks=[Checkpoint(folder / "a")], progress=False)
    with pytest.raises(CheckpointError, match=r"the state has the generators none, this model \['1.generator'\]"):
        trainer([Dropout(0.5)]).fit(batches, 2, callbacks=[Checkpoint(folder / "a", resume=True)], progress=False)


def test_a_damaged_checkpoint_is_refused_and_kept(folder: Path) -> None:
    path = folder / "a"
    Setup().run(path, epochs=1)
    path.write_bytes(path.read_bytes()[:-1])
    other = Setup()
    before = snapshot(other)
    with pytest.raises(CheckpointError, match="a is cut off"):
        other.run(path)
    assert snapshot(other) == before
    assert path.exists()


def test_remember_refuses_what_it_cannot_keep(folder: Path) -> None:
    with pytest.raises(TypeError, match="seed is a int"):
        Remember(seed=3)  # type: ignore[arg-type]


# Files


def test_without_resume_a_run_begins_anew_and_replaces_the_file(folder: Path) -> None:
    first = Setup().run(folder / "a", epochs=2)
    setup = Setup()
    trainer = Trainer(setup.model, setup.optimizer, setup.loss, {"accuracy": accuracy})
    history = trainer.fit(setup.loader, 1, callbacks=[Checkpoint(folder / "a")], progress=False)
    assert history["loss"] == first["columns"]["loss"][:1] or len(history) == 1
    assert load_state(folder / "a")["run"]["epoch"] == 1


def test_a_pattern_keeps_every_file_and_carries_on_from_the_newest(folder: Path) -> None:
    whole = Setup().run(folder / "whole", epochs=4)
    with pytest.raises(Interrupted):
        Setup().run(folder / "e{epoch:03d}.st", StopAt(15, press_ctrl_c), epochs=4)
    assert sorted(path.name for path in folder.glob("e*")) == ["e001.st", "e002.st", "e003.st"]
    assert Setup().run(folder / "e{epoch:03d}.st", epochs=4) == whole
    assert load_state(folder / "e002.st")["run"]["epoch"] == 2


@pytest.mark.parametrize(("every", "saved"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5]), (9, [5])])
def test_every_nth_epoch_and_the_last_one_are_saved(every: int, saved: list[int], folder: Path) -> None:
    Setup().run(folder / "{epoch}", every=every)
    assert sorted(int(path.name) for path in folder.iterdir()) == saved


def test_a_failing_save_warns_and_the_run_goes_on_to_fail_at_its_end_only(folder: Path) -> None:
    (folder / "file").write_text("in the way")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(CheckpointError, match="could not be saved"):
            Setup().run(folder / "file" / "a", epochs=3)
    assert [str(warning.message)[-17:] for warning in caught] == [" The run goes on."] * 2


def test_save_best_writes_the_best_epoch_s_weights(folder: Path) -> None:
    setup = Setup("sgd")
    setup.optimizer.param_groups[0]["lr"] = 1.0
    seen = {}

    class Keep(Callback):
        def on_epoch_end(self, run: Run) -> None:
            seen[run.epoch] = snapshot(setup)

    trainer = Trainer(setup.model, setup.optimizer, setup.loss, {"accuracy": accuracy})
    callbacks = [Keep(), SaveBest(folder / "best", "val_accuracy")]
    history = trainer.fit(setup.loader, 6, setup.held, callbacks, progress=False)
    epoch, value = history.best("val_accuracy")
    assert value == max(history["val_accuracy"])
    load_weights(setup.model, folder / "best")
    assert snapshot(setup) == seen[epoch]


# Ctrl-C


def test_ctrl_c_says_where_the_run_stands_and_how_to_carry_on(folder: Path) -> None:
    with pytest.raises(Interrupted) as raised:
        Setup().run(folder / "a", StopAt(8, press_ctrl_c))
    text = str(raised.value)
    assert "after epoch 2 of 5, step 8 (batch 2 of 6 of the epoch)" in text
    assert f"saved to {folder / 'a'}" in text
    assert "resume=True" in text
    assert isinstance(raised.value, KeyboardInterrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_without_a_checkpoint_says_that_nothing_was_saved(folder: Path) -> None:
    setup = Setup()
    trainer = Trainer(setup.model, setup.optimizer, setup.loss)
    with pytest.raises(Interrupted, match="nothing was saved; with callbacks="):
        trainer.fit(setup.loader, 2, callbacks=[StopAt(3, press_ctrl_c)], progress=False)
    assert len(trainer.history.step_losses) == 3


def test_a_second_ctrl_c_ends_at_once() -> None:
    class Twice(Callback):
        def on_gradients(self, run: Run) -> None:
            press_ctrl_c()
            press_ctrl_c()

    setup = Setup()
    trainer = Trainer(setup.model, setup.optimizer, setup.loss)
    with pytest.raises(KeyboardInterrupt) as raised:
        trainer.fit(setup.loader, 2, callbacks=[Twice()], progress=False)
    assert not isinstance(raised.value, Interrupted)
    assert len(trainer.history.step_losses) == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_in_the_last_step_is_not_swallowed(folder: Path) -> None:
    whole = Setup().run(folder / "whole", epochs=1)
    with pytest.raises(Interrupted):
        Setup().run(folder / "a", StopAt(6, press_ctrl_c), epochs=1)
    assert Setup().run(folder / "a", epochs=1) == whole


def test_a_handler_of_somebody_else_is_left_alone() -> None:
    pressed = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        setup = Setup()
        trainer = Trainer(setup.model, setup.optimizer, setup.loss)
        trainer.fit(setup.loader, 1, callbacks=[StopAt(2, press_ctrl_c)], progress=False)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [signal.SIGINT]


def test_fit_works_outside_the_main_thread() -> None:
    setup = Setup()
    trainer = Trainer(setup.model, setup.optimizer, setup.loss)
    thread = threading.Thread(target=trainer.fit, args=(setup.loader, 1), kwargs={"progress": False})
    thread.start()
    thread.join()
    assert len(trainer.history) == 1


SCRIPT = """
import sys
import numpy as np
from tinytorch.layers import Linear
from tinytorch.optim import Adam
from tinytorch.tensor import from_numpy
from tinytorch.training import Callback, Checkpoint, Trainer, save_state
rng = np.random.default_rng(0)
batches = [tuple(from_numpy(rng.normal(size=(8, n)).astype(np.float32)) for n in (200, 100)) for _ in range(50)]
model = Linear(200, 100, generator=np.random.default_rng(1))
class Tell(Callback):
    def on_step_end(self, run):
        print(run.step, flush=True)
trainer = Trainer(model, Adam(model.parameters()), lambda output, y: ((output - y) ** 2).mean())
every = Checkpoint(sys.argv[1], every=1, unit="step", resume=True)
history = trainer.fit(batches, 6, callbacks=[every, Tell()], progress=False)
save_state(sys.argv[2], {"curve": history.step_losses.tolist(), "model": model.state_dict()})
"""


def start(*paths: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT, *map(str, paths)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_processes_that_are_killed_and_interrupted_end_with_the_same_curve(folder: Path) -> None:
    process = start(folder / "whole", folder / "whole.end")
    process.communicate()
    assert process.returncode == 0
    for number, at in ((signal.SIGKILL, 37), (signal.SIGINT, 120), (signal.SIGKILL, 163)):
        process = start(folder / "run", folder / "run.end")
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= at:
                process.send_signal(number)
                break
        errors = process.communicate()[1]
        assert process.returncode != 0
        if number == signal.SIGINT:
            assert "Interrupted: Stopped by Ctrl-C after epoch " in errors
    process = start(folder / "run", folder / "run.end")
    output = process.communicate()[0]
    assert process.returncode == 0
    assert int(output.split()[0]) > 150  # it did carry on
    whole, run = load_state(folder / "whole.end"), load_state(folder / "run.end")
    assert run["curve"] == whole["curve"]
    for name, value in whole["model"].items():
        np.testing.assert_array_equal(run["model"][name], value)
    for leftover in folder.glob(".*.tmp"):  # of the killed ones
        leftover.unlink()


def test_a_loss_that_is_not_finite_leaves_the_last_checkpoint_whole(folder: Path) -> None:
    setup = Setup()

    def spoil() -> None:
        with setup.model[1].bias.edit() as bias:
            bias[0] = np.nan

    with pytest.raises(NonFiniteError, match=r"Look at the learning rate: 1\.bias is no longer finite"):
        setup.run(folder / "a", StopAt(8, spoil))
    state = load_state(folder / "a")
    assert state["run"]["epoch"] == 1
    assert all(np.isfinite(value).all() for value in state["model"].values())
