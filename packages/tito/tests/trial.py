"""Run in a process of its own: train a small network through workspaces, and print what came of it.

`python trial.py JOBS`: JOBS is a JSON list of workspaces' folders (null for none). For each, all of TinyTorch is
imported anew; prints one line of JSON: a digest of losses and weights, and the modules of the workspace.
"""

import hashlib
import json
import sys
import traceback


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("tinytorch.")]:
        if name.split(".")[1] != "tito":
            del sys.modules[name]
    for name in [name for name in vars(sys.modules["tinytorch"]) if not name.startswith("_") and name != "tito"]:
        delattr(sys.modules["tinytorch"], name)


def train() -> str:
    """Train a network of every foundation module on a fixed problem; return a digest of all its bits."""
    import numpy as np

    from tinytorch.activations import gelu, relu, sigmoid, softmax
    from tinytorch.layers import Linear
    from tinytorch.losses import CrossEntropyLoss
    from tinytorch.optim import Adam
    from tinytorch.tensor import Tensor

    generator = np.random.default_rng(3)
    x = Tensor(generator.normal(size=(32, 6)).astype(np.float32))
    y = Tensor(generator.integers(0, 3, 32))
    first, second = Linear(6, 8, generator=generator), Linear(8, 3, generator=generator)
    optimizer = Adam([*first.parameters(), *second.parameters()], lr=0.05)
    digest = hashlib.sha256()
    for _ in range(5):
        hidden = relu(first(x)) + gelu(first(x) * 0.5) - 2 / (1 + sigmoid(first(x)))
        output = second(hidden - hidden.mean(axis=0, keepdims=True))
        loss = CrossEntropyLoss()(output, y) + softmax(output).var() * 0.1
        loss.backward()
        optimizer.step()
        digest.update(loss.data.tobytes())
    for parameter in [*first.parameters(), *second.parameters()]:
        digest.update(parameter.data.tobytes())
    return digest.hexdigest()


def main(jobs: list[str | None]) -> None:
    from tinytorch.tito.loader import check_copies, install, uninstall

    for folder in jobs:
        forget()
        try:
            if folder is not None:
                install(folder)
            result = {"digest": train()}
            check_copies()
            every = [module for name, module in sys.modules.items() if name.startswith("tinytorch.")]
            inside = [one.__name__ for one in every if folder and (one.__file__ or "").startswith(folder)]
            result["learners"] = " ".join(sorted({name.split(".")[1] for name in inside}))
        except Exception as error:
            result = {"error": "".join(traceback.format_exception(error))}
        finally:
            uninstall()
        sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
