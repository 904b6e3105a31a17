"""The training loop: batches in, one update after another, numbers out."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from tinytorch.layers import Module
from tinytorch.optim import Optimizer
from tinytorch.tensor import Array, Tensor
from tinytorch.training._batches import batches_of, length
from tinytorch.training._callback import Callback, Run
from tinytorch.training._evaluation import evaluation
from tinytorch.training._history import History
from tinytorch.training._interrupt import Interrupted, Interrupts
from tinytorch.training._metrics import Metric, RunningMean
from tinytorch.training._nonfinite import refuse_loss
from tinytorch.training._progress import Progress

Loss = Callable[[Any, Any], Tensor]


class Trainer:
    """Trains a model: forward, loss, backward, update, again.

    Parameters
    ----------
    model : Module
        Called with a batch's x.
    optimizer : Optimizer
        Of the model's parameters.
    loss : callable
        `loss(output, y)` gives the mean over the batch, a tensor of one element.
    metrics : mapping of str to callable, optional
        Names and functions of outputs and targets (arrays), see `Metric`; measured in training and in evaluation.

    Attributes
    ----------
    history : History
        Of the newest `fit`, there from its first moment on.

    Examples
    --------
    >>> from tinytorch.layers import Linear
    >>> from tinytorch.optim import SGD
    >>> model = Linear(1, 1)
    >>> trainer = Trainer(model, SGD(model.parameters(), lr=0.1), lambda output, y: ((output - y) ** 2).mean())
    >>> batches = [(Tensor([[1.0], [2.0]]), Tensor([[3.0], [5.0]]))]
    >>> history = trainer.fit(batches, epochs=300, progress=False)
    >>> bool(history["loss"][-1] < 1e-4)
    True
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, loss: Loss, metrics: Mapping[str, Metric] | None = None
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = dict(metrics or {})
        self.history = History()
        if "loss" in self.metrics:
            raise ValueError("Trainer: a metric is called 'loss', which is the loss's own name; call it otherwise")

    def fit(
        self,
        loader: Iterable[Any],
        epochs: int,
        validation: Iterable[Any] | None = None,
        callbacks: Sequence[Callback] = (),
        *,
        accumulate: int = 1,
        progress: bool = True,
    ) -> History:
        """Train for `epochs` passes over `loader`.

        Parameters
        ----------
        loader : iterable of (x, y)
            A `DataLoader`, or anything that gives pairs, anew each time it is iterated. x's first axis is the batch.
        epochs : int
            Altogether: a run resumed after 3 of 5 trains 2 more.
        validation : iterable of (x, y), optional
            Evaluated after every epoch; its numbers are called `val_loss` and so on.
        callbacks : sequence of Callback
        accumulate : int
            Batches that share one update. The gradient is that of one batch with all their samples; what is left over
            at an epoch's end gets an update of its own.
        progress : bool
            Report to stderr: a bar on a terminal, elsewhere a line an epoch. See `Progress`.

        Returns
        -------
        History

        Raises
        ------
        NonFiniteError
            If a loss is not finite, before it reaches the parameters; the message names the place and what to look at.
        Interrupted
            After Ctrl-C, when the step or the validation under way is done; a second Ctrl-C ends at once.
        CheckpointError
            If a callback cannot save or carry on.
        ValueError
            If there is nothing to train on.
        """
        if epochs < 1 or accumulate < 1:
            raise ValueError(f"Trainer.fit: epochs is {epochs} and accumulate {accumulate}; both are at least 1")
        chosen = list(callbacks)
        if progress and not any(isinstance(callback, Progress) for callback in chosen):
            chosen.append(Progress())
        chosen.sort(key=lambda callback: callback.late)  # a stable sort: the caller's order, the late ones last
        self.history = History()
        run = Run(self, loader, validation, epochs, length(loader), self.history, chosen, accumulate)
        if not self.model.training:
            self.model.train()
        self.optimizer.zero_grad()  # what an earlier backward() left behind belongs to no batch of this run
        with Interrupts() as interrupts:
            try:
                for callback in chosen:
                    callback.on_fit_begin(run)
                while (run.epoch < epochs or run.phase != "between") and not run.stopped:
                    self._epoch(run, interrupts)
                    if interrupts.asked:
                        self._stop(run)
                run.finished = True
            finally:
                for callback in chosen:
                    callback.on_fit_end(run)
        return self.history

    def _epoch(self, run: Run, interrupts: Interrupts) -> None:
        """Train for an epoch, or for the rest of one, and validate."""
        run.began = time.perf_counter()
        if run.phase == "between":
            run.spent = 0.0
            run.epoch += 1
            run.batch = run.samples = 0
            run.totals = dict.fromkeys(("loss", *self.metrics), 0.0)
            run.phase = "training"
        for callback in run.callbacks:
            callback.on_epoch_begin(run)
        if run.phase == "training":
            self._train(run, interrupts)
            if run.samples == 0:
                raise ValueError(
                    f"Trainer.fit: the loader gave no batches in epoch {run.epoch}; a generator gives them once: pass "
                    "a list or a DataLoader, which can be iterated again"
                )
            run.phase = "validating"
        run.results = {name: total / run.samples for name, total in run.totals.items()}
        if run.validation is not None:
            run.results |= {f"val_{name}": value for name, value in self.evaluate(run.validation).items()}
        run.phase = "between"
        self.history.add_epoch(run.results, run.seconds)
        for callback in run.callbacks:
            callback.on_epoch_end(run)

    def _train(self, run: Run, interrupts: Interrupts) -> None:
        """Go over the loader's batches, `accumulate` at a time."""
        on_gradients = hooks(run.callbacks, "on_gradients")
        on_step_end = hooks(run.callbacks, "on_step_end")
        batches = batches_of(run.loader, "Trainer.fit")
        if run.batch and not hasattr(run.loader, "load_state_dict"):
            next(islice(batches, run.batch, run.batch), None)  # passes over those done before the run was stopped
        while group := list(islice(batches, run.accumulate)):
            if len(group) < run.accumulate:  # the loader is at its end, and a resumed one would begin anew
                run.phase = "validating"
            self._update(run, group, on_gradients)
            for hook in on_step_end:
                hook(run)
            if interrupts.asked:
                self._stop(run)
            del group  # else the old batch would be in memory while the next one is made

    def _update(
        self, run: Run, group: Sequence[tuple[Any, Any, int]], on_gradients: Sequence[Callable[[Run], None]]
    ) -> None:
        """Make one update of the parameters, of all batches of a group together.

        Parameters
        ----------
        run : Run
            Afterwards `batch` has grown by the batches, `samples` by their samples, `step` by 1 and `totals["loss"]` by
            the sum of the losses of all samples; `loss` is their mean, which is also noted in the history's
            `step_losses`. A step that `_backward` refuses is not counted.
        group : sequence of (x, y, count)
            At least one batch, each with the number of its samples; they may differ.
        on_gradients : sequence of callable
            Each is called with `run` once the gradients of the whole group are there, `run.loss` is this step's, and
            no parameter has moved.
        """
        samples = sum([count for _, _, count in group])
        total = 0.0
        for batch in group:
            total += self._backward(run, *batch, samples)
            run.batch += 1
        run.loss = total / samples
        for hook in on_gradients:
            hook(run)
        self.optimizer.step()
        run.step += 1
        run.samples += samples
        run.totals["loss"] += total
        self.history.step_losses.append(run.loss)

    def _backward(self, run: Run, x: Any, y: Any, count: int, samples: int) -> float:
        """Add one batch's share to the gradient of a step.

        Parameters
        ----------
        run : Run
            Each metric's mean over the batch, times `count`, is added to `totals` under the metric's name. Metrics are
            called with arrays, as in `evaluate`.
        x, y : Tensor
            A batch of `count` samples.
        count, samples : int
            Of this batch, and of all batches of the step. The loss is a mean, so the batch's share of the step's
            gradient is ``count / samples`` of its own.

        Returns
        -------
        float
            The sum of the losses of the batch's samples: the mean times `count`.

        Raises
        ------
        NonFiniteError
            If the loss is not finite, before it reaches a gradient. `refuse_loss` makes the sentence: the loss, and
            shape and size of inputs and outputs.
        """
        output = self.model(x)
        loss = self.loss(output, y)
        value: float = loss.item()
        if not math.isfinite(value):
            refuse_loss(run, value, x, output)
        if count != samples:
            loss = loss * (count / samples)
        loss.backward()
        if self.metrics:
            outputs, targets = np.asarray(output), np.asarray(y)
            for name, metric in self.metrics.items():
                run.totals[name] += metric(outputs, targets) * count
        return value * count

    def _stop(self, run: Run) -> None:
        """End the run after Ctrl-C."""
        for callback in run.callbacks:
            callback.on_interrupt(run)
        if run.saved is not None:
            advice = f"saved to {run.saved}; the same call with Checkpoint(…, resume=True) carries on from there"
        else:
            advice = "nothing was saved; with callbacks=[Checkpoint(path, resume=True)] the same call could carry on"
        raise Interrupted(f"Stopped by Ctrl-C after {run.place}: {advice}.")

    def evaluate(self, loader: Iterable[Any]) -> dict[str, float]:
        """Measure loss and metrics over all samples of `loader`, without learning from them.

        Parameters
        ----------
        loader : iterable of (x, y)

        Returns
        -------
        dict of str to float
            "loss" and the metrics: means over the samples, so a short last batch counts by its samples.

        Raises
        ------
        ValueError
            If the loader gives no batches.

        Notes
        -----
        The model is in evaluation mode meanwhile and nothing is recorded; afterwards every module is in the mode it
        was in, also after an error.
        """
        means = {name: RunningMean() for name in ("loss", *self.metrics)}
        with evaluation(self.model):
            for x, y, count in batches_of(loader, "Trainer.evaluate"):
                output = self.model(x)
                means["loss"].add(self.loss(output, y).item(), count)
                if self.metrics:
                    outputs, targets = np.asarray(output), np.asarray(y)
                    for name, metric in self.metrics.items():
                        means[name].add(metric(outputs, targets), count)
        if not means["loss"].count:
            raise ValueError("Trainer.evaluate: the loader gave no batches, and the mean of nothing is not defined")
        return {name: mean.value for name, mean in means.items()}

    def predict(self, data: Tensor | Iterable[Any]) -> Array:
        """Return the model's outputs, in evaluation mode and without recording.

        Parameters
        ----------
        data : Tensor or iterable of (x, y)
            One batch of inputs, or a loader, whose targets are not looked at.

        Returns
        -------
        ndarray
            (N, …): the outputs of all batches, in the loader's order.
        """
        with evaluation(self.model):
            if isinstance(data, Tensor):
                return np.array(self.model(data))
            outputs = [np.asarray(self.model(x)) for x, _, _ in batches_of(data, "Trainer.predict")]
        if not outputs:
            raise ValueError("Trainer.predict: the loader gave no batches")
        return np.concatenate(outputs)


def hooks(callbacks: Sequence[Callback], name: str) -> list[Callable[[Run], None]]:
    """Return the callbacks' hooks of a name, without those that do nothing: a step has no time for them."""
    return [
        getattr(callback, name)
        for callback in callbacks
        if getattr(type(callback), name) is not getattr(Callback, name)
    ]
