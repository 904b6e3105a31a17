"""What the door costs: a small operation, a step of the backward pass, and what a listener finds of a training step.

    python integration/benchmarks/overhead.py

Bars: one small operation with recording at most 1.5 µs above the bare NumPy call; backward at most 2.5 µs a step; a
listener that adds up self times finds at least 90 % of a training step. One thread, CPU time; the variants take turns
in short bursts; medians and minima over the bursts. The child runs without `OPENBLAS_*`, as on a user's machine. Where
minima and medians are far apart the machine was busy: repeat.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

BURSTS, CALLS, CHAIN = 200, 500, 200
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run in a child whose environment says one thread and nothing else about OpenBLAS."""
    if sys.argv[1:] == ["child"]:
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, one thread")
        small_operations()
        backward_steps()
        training_step()
        return
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    subprocess.run([sys.executable, __file__, "child"], env=clean | dict.fromkeys(THREADS, "1"), check=True)


def bursts(variants: dict[str, Callable[[], Any]], calls: int, rounds: int = BURSTS) -> dict[str, list[float]]:
    """Return the microseconds per call of each variant, burst by burst, the variants in turn."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, function in variants.items():
            start = time.thread_time_ns()
            for _ in range(calls):
                function()
            times[name].append((time.thread_time_ns() - start) / calls / 1000)
    return times


def line(what: str, middle: float, least: float, bar: str) -> None:
    """Print a median and a minimum beside the bar."""
    print(f"{what:<46} median {middle:6.2f}   minimum {least:6.2f}   bar {bar}")


def line_above(what: str, times: dict[str, list[float]], bar: str) -> None:
    """Print what ours takes above NumPy's."""
    middle = statistics.median(times["ours"]) - statistics.median(times["numpy"])
    line(
        f"{what} (NumPy {statistics.median(times['numpy']):.2f})", middle, min(times["ours"]) - min(times["numpy"]), bar
    )


def small_operations() -> None:
    """Print how much a recorded operation costs above NumPy's call on the same arrays."""
    import numpy as np

    from tinytorch.tensor import Tensor, matmul, recording

    a, b = np.ones((4, 4), np.float32), np.ones((4, 4), np.float32)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "x + y": (lambda: a + b, lambda: x + y),
        "x * y": (lambda: a * b, lambda: x * y),
        "x * 2.0": (lambda: a * 2.0, lambda: x * 2.0),
        "x @ y": (lambda: a @ b, lambda: matmul(x, y)),
        "x.exp()": (lambda: np.exp(a), lambda: x.exp()),
        "x.sum(axis=0)": (lambda: a.sum(axis=0), lambda: x.sum(axis=0)),
    }
    print("microseconds above the bare NumPy call, recording (4 x 4, float32)")
    for name, (plain, ours) in pairs.items():
        times = bursts({"numpy": plain, "ours": ours}, CALLS)
        line_above(f"  {name}", times, "1.50")
    with recording(False):
        times = bursts({"numpy": lambda: a + b, "ours": lambda: x + y}, CALLS)
    line_above("  x + y, not recording", times, "-")


def backward_steps() -> None:
    """Print the time of the backward pass for each step of a chain, the rules' own arithmetic included."""
    import numpy as np

    from tinytorch.tensor import Tensor

    x, y = (Tensor(np.ones(4, np.float32), requires_grad=True) for _ in range(2))
    constant = Tensor(np.ones(4, np.float32))
    print("microseconds of the backward pass for each step, the rule's arithmetic included (4 numbers, float32)")
    chains: dict[str, Callable[[Any], Any]] = {
        "z + constant": lambda z: z + constant,
        "z + y": lambda z: z + y,
        "z * constant": lambda z: z * constant,
        "z * y": lambda z: z * y,
    }
    times: dict[str, list[float]] = {name: [] for name in chains}
    for _ in range(BURSTS):
        for name, link in chains.items():
            z = x
            for _ in range(CHAIN):
                z = link(z)
            loss = z.sum()
            start = time.thread_time_ns()
            loss.backward()
            times[name].append((time.thread_time_ns() - start) / (CHAIN + 1) / 1000)
            x.grad = y.grad = None
    for name, values in times.items():
        line(f"  {name}", statistics.median(values), min(values), "2.50")


class SelfTimes:
    """A listener that adds up the time inside kernels, rules and updates, what runs inside others counted once."""

    def __init__(self) -> None:
        self.total = 0
        self.open: list[int] = []

    def before(self, step: Any) -> None:
        """Start the clock."""
        self.open.append(time.perf_counter_ns())

    def after(self, step: Any, outputs: Any) -> None:
        """Stop it; only the outermost adds."""
        start = self.open.pop()
        if not self.open:
            self.total += time.perf_counter_ns() - start


def training_step() -> None:
    """Print which share of a training step's time a listener finds in kernels, rules and updates."""
    import numpy as np

    from tinytorch.activations import ReLU
    from tinytorch.layers import Linear, Sequential
    from tinytorch.losses import CrossEntropyLoss
    from tinytorch.optim import Adam
    from tinytorch.tensor import Tensor, listen

    generator = np.random.default_rng(0)
    model = Sequential([Linear(784, 128), ReLU(), Linear(128, 64), ReLU(), Linear(64, 10)])
    optimizer = Adam(model.parameters(), lr=1e-3)
    loss_function = CrossEntropyLoss()
    for batch in (64, 256):
        x = Tensor(generator.standard_normal((batch, 784), np.float32))
        y = Tensor(generator.integers(0, 10, batch))

        def step(x: Tensor = x, y: Tensor = y) -> None:
            loss_function(model(x), y).backward()
            optimizer.step()

        listener = SelfTimes()
        shares, whole = [], []
        for _ in range(BURSTS):
            with listen(listener):
                listener.total = 0
                start = time.perf_counter_ns()
                for _ in range(5):
                    step()
                took = time.perf_counter_ns() - start
            shares.append(100 * listener.total / took)
            whole.append(took / 5000)
        print(
            f"784-128-64-10, batch {batch}: a listener's self times are {statistics.median(shares):.1f} % of a step of "
            f"{statistics.median(whole):.0f} µs (best {max(shares):.1f} %)   bar 90"
        )


if __name__ == "__main__":
    main()
