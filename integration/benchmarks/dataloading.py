"""What a batch costs: MNIST as bytes with Normalize, and a user's data set beside PyTorch's loader.

    python integration/benchmarks/dataloading.py

One thread, CPU time of the process, `OPENBLAS_*` removed from the children's environment. MNIST is read where
`tinytorch.dataloader.data_folders()` has it; without it, bytes of the same shape stand in, and the output says so.
The second part needs PyTorch.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BATCH = 64
EPOCHS = 15
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run each part in a child of its own, or the part that is named."""
    parts: dict[str, Callable[[], None]] = {"bytes": bytes_with_normalize, "samples": samples_beside_pytorch}
    if len(sys.argv) == 2:
        parts[sys.argv[1]]()
        return
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    kept |= dict.fromkeys(THREADS, "1")
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, one thread, CPU time")
    for part in parts:
        subprocess.run([sys.executable, __file__, part], env=kept, check=True)


def epoch_cost(loader: Iterable[object]) -> float:
    """Return microseconds of CPU time a batch over one epoch."""
    count = 0
    began = time.process_time()
    for _ in loader:
        count += 1
    return (time.process_time() - began) / count * 1e6


def resident() -> int:
    """Return the bytes of this process that lie in memory; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def bytes_with_normalize() -> None:
    """Time and memory of the public loader over 60,000 images kept as bytes."""
    import numpy as np

    from tinytorch.dataloader import MNIST, DataLoader, DataNotFoundError, ImageDataset, Normalize

    transform = Normalize(0.1307, 0.3081)

    def load() -> ImageDataset:
        try:
            return MNIST(transform=transform)
        except DataNotFoundError:
            pixels = np.random.default_rng(0).integers(0, 256, (60_000, 1, 28, 28), dtype=np.uint8)
            return ImageDataset(pixels, np.arange(60_000) % 10, transform=transform)

    next(iter(DataLoader(ImageDataset(np.zeros((64, 1, 28, 28), np.uint8), np.zeros(64, np.int64)), BATCH)))
    before = resident()
    data = load()
    stored = data.images.nbytes + data.labels.nbytes
    loader = DataLoader(data, BATCH, shuffle=True, generator=np.random.default_rng(0))
    costs = [epoch_cost(loader) for _ in range(EPOCHS)]
    after = resident()
    del data, loader
    tracemalloc.start()
    data = load()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    for _ in DataLoader(data, BATCH, shuffle=True, generator=np.random.default_rng(0)):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    median = statistics.median(costs)
    print(f"{type(data).__name__}, {len(data):,} images as bytes, Normalize, shuffled, batch {BATCH}, {EPOCHS} epochs:")
    print(f"  {median:.1f} µs a batch (median; best {min(costs):.1f}); bar 35: {verdict(median <= 35)}")
    print(
        f"  {peak / stored:.3f} x the {stored / 1e6:.1f} MB stored at the peak of an epoch (held {held / stored:.3f}); "
        f"bar 1.1: {verdict(peak / stored <= 1.1)}"
    )
    if before:
        print(f"  {(after - before) / stored:.3f} x resident after loading and {EPOCHS} epochs, as the system counts")


def samples_beside_pytorch() -> None:
    """Time of a data set with only `__getitem__` in both loaders, in turns."""
    import numpy as np
    import torch
    from torch.utils.data import DataLoader as TorchLoader

    from tinytorch.dataloader import DataLoader
    from tinytorch.tensor import from_numpy

    torch.set_num_threads(1)
    images = np.random.default_rng(0).random((12_800, 1, 28, 28), dtype=np.float32)

    class Samples:
        def __init__(self, x: Any) -> None:
            self.x = x

        def __len__(self) -> int:
            return len(images)

        def __getitem__(self, index: int) -> tuple[Any, int]:
            return self.x[index], index % 10

    pairs = {
        "arrays": (Samples(images), Samples(images)),
        "tensors of each": (Samples(from_numpy(images)), Samples(torch.from_numpy(images))),
    }
    print(f"A data set with only __getitem__, (1, 28, 28) float32 and an int, shuffled, batch {BATCH}:")
    for name, (mine, theirs) in pairs.items():
        ours: DataLoader[Any] = DataLoader(mine, BATCH, shuffle=True)
        torchs: Iterable[object] = TorchLoader(theirs, BATCH, shuffle=True)
        turns = [(epoch_cost(ours), epoch_cost(torchs)) for _ in range(EPOCHS)]
        a, b = (statistics.median(side) for side in zip(*turns, strict=True))
        print(
            f"  {name}: {a:.0f} µs a batch, PyTorch {torch.__version__} without workers {b:.0f}: {a / b:.2f} x; "
            f"bar 1.0: {verdict(a <= b)}"
        )


def verdict(met: bool) -> str:
    """Say whether a bar is met."""
    return "met" if met else "MISSED"


if __name__ == "__main__":
    main()
