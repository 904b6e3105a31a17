"""One training step of an MLP beside PyTorch eager: time and memory.

    python integration/benchmarks/training_step.py

784-128-64-10, ReLU, cross-entropy, Adam; batches of 64 and 256. One thread, CPU time of the process, the two frameworks
in turns of a few steps. The children run without `OPENBLAS_*`, as on a user's machine; where the environment sets such
a variable, the result under it is printed beside, since it may force slower matrix kernels on NumPy alone.
"""

import itertools
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

BARS = {64: 0.60, 256: 0.55}
ROUNDS, STEPS = 60, 20
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SIZES = (784, 128, 64, 10)


def main() -> None:
    """Run the parts in children: once as on a user's machine, once more as this environment is."""
    if len(sys.argv) == 3:
        {"time": compare_time, "memory": compare_memory}[sys.argv[1]](int(sys.argv[2]))
        return
    one_thread = dict.fromkeys(THREADS, "1")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")} | one_thread
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, one thread, CPU time")
    for batch in BARS:
        subprocess.run([sys.executable, __file__, "time", str(batch)], env=clean, check=True)
    forced = sorted(name for name in os.environ if name.startswith("OPENBLAS_") and name not in THREADS)
    if forced:
        print(f"The same with {', '.join(f'{name}={os.environ[name]}' for name in forced)}, as set here:")
        for batch in BARS:
            subprocess.run([sys.executable, __file__, "time", str(batch)], env=os.environ | one_thread, check=True)
    for batch in BARS:
        subprocess.run([sys.executable, __file__, "memory", str(batch)], env=clean, check=True)


def data(batch: int) -> tuple[Any, Any]:
    """Return a batch of random images and labels."""
    import numpy as np

    generator = np.random.default_rng(0)
    return generator.standard_normal((batch, SIZES[0]), np.float32), generator.integers(0, 10, batch)


def tinytorch_step(x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that takes one step in TinyTorch."""
    from tinytorch.activations import ReLU
    from tinytorch.layers import Linear, Sequential
    from tinytorch.losses import CrossEntropyLoss
    from tinytorch.optim import Adam
    from tinytorch.tensor import Tensor

    a, b, c, d = SIZES
    model = Sequential(Linear(a, b), ReLU(), Linear(b, c), ReLU(), Linear(c, d))
    optimizer = Adam(model.parameters(), lr=1e-3)
    criterion = CrossEntropyLoss()
    images, labels = Tensor(x), Tensor(y)

    def step() -> None:
        output = model(images)
        loss = criterion(output, labels)
        loss.backward()
        optimizer.step()

    return step


def pytorch_step(x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that takes the same step in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    a, b, c, d = SIZES
    model = nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c), nn.ReLU(), nn.Linear(c, d))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    images, labels = torch.from_numpy(x), torch.from_numpy(y)

    def step() -> None:
        optimizer.zero_grad()
        output = model(images)
        loss = criterion(output, labels)
        loss.backward()
        optimizer.step()

    return step


def milliseconds(step: Callable[[], Any]) -> float:
    """Return the CPU time of one step, over a short burst."""
    began = time.process_time()
    for _ in range(STEPS):
        step()
    return (time.process_time() - began) / STEPS * 1e3


def compare_time(batch: int) -> None:
    """Print the medians of both frameworks, and their ratio."""
    import torch
    from threadpoolctl import threadpool_info

    steps = [make(*data(batch)) for make in (tinytorch_step, pytorch_step)]
    for step in steps:
        milliseconds(step)
    turns = [[milliseconds(step) for step in steps] for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(turn[i] for turn in turns) for i in range(2))
    ratio = statistics.median(a / b for a, b in turns)
    kernel = ", ".join(
        f"{library['internal_api']} {library['version']} {library.get('architecture', '')}".strip()
        for library in threadpool_info()
        if library["user_api"] == "blas" and library["internal_api"] == "openblas"
    )
    bar = BARS[batch]
    print(
        f"  MLP{batch}: {ours:.3f} ms, PyTorch {torch.__version__} {theirs:.3f} ms: {ratio:.2f} x "
        f"(bar {bar:.2f}: {'met' if ratio <= bar else 'MISSED'})   {kernel}"
    )


def compare_memory(batch: int) -> None:
    """Print the peak of the bytes asked for in one step after ten: parameters, gradients and state included."""
    x, y = data(batch)
    ours = tinytorch_peak(x, y)
    theirs = pytorch_peak(x, y)
    print(
        f"  MLP{batch}: {ours / 1e6:.3f} MB at the peak of a step, PyTorch {theirs / 1e6:.3f} MB: "
        f"{ours / theirs:.2f} x (bar 1.00: {'met' if ours <= theirs else 'MISSED'})"
    )


def tinytorch_peak(x: Any, y: Any) -> int:
    """Return the peak by tracemalloc; what the imports allocated and the batch are not part of it."""
    warm = tinytorch_step(x, y)
    warm()
    del warm
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    step = tinytorch_step(x, y)
    for _ in range(10):
        step()
    tracemalloc.reset_peak()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before - int(x.nbytes) - int(y.nbytes)


def pytorch_peak(x: Any, y: Any) -> int:
    """Return the peak by PyTorch's profiler: what lives before the step, and the running sum of its allocations."""
    from torch.profiler import ProfilerActivity, profile

    step = pytorch_step(x, y)
    for _ in range(10):
        step()
    parameters = sum(a * b + b for a, b in itertools.pairwise(SIZES)) * 4
    alive = parameters * 4  # parameters, two rows of state, and the gradients, which zero_grad frees within the step
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        step()
    results = profiler.profiler.kineto_results
    changes = sorted((event.start_ns(), event.nbytes()) for event in results.events() if event.name() == "[memory]")
    now = peak = alive
    for _, change in changes:
        now += change
        peak = max(peak, now)
    return peak


if __name__ == "__main__":
    main()
