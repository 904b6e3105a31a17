"""What a run shows: on a terminal, in a log, with and without rich."""

import io
import re
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tinytorch.layers import Linear
from tinytorch.optim import SGD
from tinytorch.tensor import Tensor
from tinytorch.training import Callback, EarlyStopping, Progress, Trainer
from tinytorch.training._progress import Bar, PlainBar, RichBar, duration, shown


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def train(stream: io.StringIO | None, *more: Callback, epochs: int = 2, clock: Any = None) -> Trainer:
    model = Linear(3, 1, generator=np.random.default_rng(0))
    trainer = Trainer(
        model,
        SGD(model.parameters(), lr=0.01),
        lambda output, y: ((output - y) ** 2).mean(),
        {"accuracy": lambda output, y: 0.5},
    )
    batches = [(Tensor(np.ones((4, 3), np.float32)), Tensor(np.ones((4, 1), np.float32)))] * 5
    progress = Progress(stream)
    if clock is not None:
        progress._clock = clock
    trainer.fit(batches, epochs, batches[:1], [*more, progress])
    return trainer


def test_a_log_gets_one_line_an_epoch_and_no_control_characters() -> None:
    stream = io.StringIO()
    trainer = train(stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"epoch 2/2   loss {trainer.history['loss'][1]:.4f}   accuracy 50.00 %   val_loss ")
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_by_default_it_goes_to_stderr_and_nothing_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    train(None)
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 2


def test_progress_false_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    model = Linear(1, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), lambda output, y: (output - y).mean())
    trainer.fit([(Tensor([[1.0]]), Tensor([[1.0]]))], 1, progress=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("rich", [True, False])
def test_a_terminal_gets_a_bar_with_rate_and_remaining_time(rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if rich:
        pytest.importorskip("rich")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "200")
    else:
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    stream = Terminal()
    train(stream, clock=Clock())
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", stream.getvalue())
    # Read when the run began, when the epoch began, and after each step: 4 samples a second at the third step.
    assert "epoch 1/2   step 3/5   4 samples/s   9.3 s left   loss " in text
    assert text.count("epoch 1/2   loss ") == 1
    assert text.count("epoch 2/2   loss ") == 1


@pytest.mark.parametrize("rich", [True, False])
def test_a_narrow_terminal_gets_one_line_all_the_same(rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    stream = Terminal()
    bar: Bar = RichBar(stream) if rich else PlainBar(stream)
    bar.draw("epoch 1/2   step 3/5   " + "x" * 100, 0.5)
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", stream.getvalue())
    assert "epoch 1/2   step 3/5" in text
    assert max(len(line) for line in re.split(r"[\r\n]", text)) <= 60
    assert "\n" not in text
    bar.close()


def test_without_a_length_there_is_a_rate_and_no_promise() -> None:
    class Endless:
        def __iter__(self) -> Any:
            return iter([(Tensor(np.ones((4, 3), np.float32)), Tensor(np.ones((4, 1), np.float32)))] * 3)

    model = Linear(3, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.01), lambda output, y: ((output - y) ** 2).mean())
    stream, progress = Terminal(), Progress()
    progress._chosen, progress._clock = stream, Clock()
    trainer.fit(Endless(), 1, callbacks=[progress])
    assert "step 2   " in stream.getvalue()
    assert "left" not in stream.getvalue()


def test_a_stream_that_cannot_write_blocks_gets_none() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    model = Linear(1, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.01), lambda output, y: ((output - y) ** 2).mean())
    trainer.fit([(Tensor([[1.0]]), Tensor([[3.0]]))], 3, callbacks=[Progress(stream)])
    stream.flush()
    stream.seek(0)
    assert len(stream.read().splitlines()) == 3


def test_the_bar_is_taken_away_after_an_error_and_early_stopping_is_explained() -> None:
    class Fails(Callback):
        def on_step_end(self, run: Any) -> None:
            raise RuntimeError("stop")

    stream = Terminal()
    with pytest.raises(RuntimeError, match="stop"):
        train(stream, Fails(), clock=Clock())
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h")  # the cursor is back
    log = io.StringIO()
    train(log, EarlyStopping("accuracy", patience=1), epochs=9)
    assert log.getvalue().splitlines()[-1] == (
        "stopped after epoch 2: accuracy has not improved for 1 epochs; the best was 0.5"
    )


def test_rich_is_only_asked_for_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ModuleType("rich")
    monkeypatch.setitem(sys.modules, "rich", broken)
    train(io.StringIO())


@pytest.mark.parametrize(("seconds", "text"), [(2.04, "2.0 s"), (31, "0:31"), (178, "2:58"), (3723, "1:02:03")])
def test_durations_read_like_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_are_shown_for_people() -> None:
    assert shown({"loss": 0.11234, "val_accuracy": 0.94607}) == "loss 0.1123   val_accuracy 94.61 %"
    assert shown({"loss": 1.5e-7, "big": 12345678.0}) == "loss 1.5e-07   big 1.235e+07"
