"""Use one installed package as its README says, with nothing installed but what it declares.

Run as `python -I bare_wheel.py NAME`: imports every public name, asks each for its docstring, runs the examples of the
package's README. Not a test module: the point of it is an environment without pytest.
"""

import importlib
import inspect
import re
import sys
import warnings
from pathlib import Path

PACKAGES = Path(__file__).resolve().parent.parent / "packages"


def check_public_names(name: str) -> int:
    """Import each name in `__all__` and return how many there are."""
    module = importlib.import_module(f"tinytorch.{name}")
    where = Path(inspect.getfile(module)).resolve()
    if PACKAGES in where.parents:
        raise SystemExit(f"tinytorch.{name} comes from the source tree, not from its wheel: {where}")
    for public in module.__all__:
        thing = getattr(module, public)
        if (inspect.isclass(thing) or inspect.isroutine(thing)) and not inspect.getdoc(thing):
            raise SystemExit(f"tinytorch.{name}.{public} is public and has no docstring")
    return len(module.__all__)


def examples(name: str) -> list[str]:
    """Return the Python blocks of a package's README."""
    text = (PACKAGES / name / "README.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def main(name: str) -> None:
    """Check one package."""
    warnings.simplefilter("error")
    names = check_public_names(name)
    blocks = examples(name)
    if not blocks:
        raise SystemExit(f"packages/{name}/README.md has no ```python block to run")
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"packages/{name}/README.md, block {number}", "exec"), {"__name__": "__main__"})
    print(f"tinytorch-{name}: {names} public names, {len(blocks)} README blocks")


if __name__ == "__main__":
    main(sys.argv[1])
