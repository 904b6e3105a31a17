"""Write `__init__.pyi`, the list of what the front door opens onto, from the public names of the installed modules.

    python packages/core/make_door.py

Run it when a module gains or loses a public name; a test compares.
"""

import importlib
from pathlib import Path

STUB = Path(__file__).parent / "src/tinytorch/core/__init__.pyi"

# Where two modules have a name, the later of this list is meant: tanh is the activation.
MODULES = ("tensor", "autograd", "training", "dataloader", "optim", "layers", "losses", "activations")


def text() -> str:
    """Return the stub."""
    home: dict[str, str] = {}
    for module in MODULES:
        for name in importlib.import_module(f"tinytorch.{module}").__all__:
            if not name.startswith("_"):
                home[name] = module
    lines = [
        '"""What the front door opens onto. Written by make_door.py from the modules\' public names."""',
        "",
        "# ruff: noqa: I001",
        "",
        "from tinytorch.core._version import __version__ as __version__",
    ]
    for module in sorted(MODULES):
        names = sorted((name for name, owner in home.items() if owner == module), key=lambda n: (n.lower(), n))
        lines += [f"from tinytorch.{module} import {name} as {name}" for name in names]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    STUB.write_text(text(), "utf-8")
