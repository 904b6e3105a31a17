import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import tinytorch.core
from tinytorch.core._door import names, naming_the_package

MODULES = sorted({module for module, _ in names().values()})


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_of_a_module_is_behind_the_door(module: str) -> None:
    public = {name for name in importlib.import_module(module).__all__ if not name.startswith("_")}
    missing = public - set(names())
    assert not missing, "run make_door.py"


@pytest.mark.parametrize("name", sorted(names()))
def test_a_name_is_the_same_object_as_in_its_module(name: str) -> None:
    module, original = names()[name]
    assert getattr(tinytorch.core, name) is getattr(importlib.import_module(module), original)


@pytest.mark.parametrize("module", MODULES)
def test_a_submodule_opens_onto_one_module(module: str) -> None:
    door = importlib.import_module(module.replace("tinytorch.", "tinytorch.core."))
    behind = importlib.import_module(module)
    assert {name for name in behind.__all__ if not name.startswith("__")} <= set(vars(door))


def test_dir_lists_what_is_behind_the_door() -> None:
    assert set(names()) <= set(dir(tinytorch.core))


def run(code: str, *path: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, with some modules made impossible to find."""
    extra = {"PYTHONPATH": ":".join(map(str, path))} if path else {}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, env=extra or None
    )


HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == "tinytorch.layers":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""


def test_opening_the_door_imports_no_module() -> None:
    code = "import sys, tinytorch.core; print([m for m in sys.modules if m[:10] == 'tinytorch.' and m.count('.') == 1])"
    assert run(code).stdout.strip() == "['tinytorch.core']"


def test_a_name_imports_its_own_module_and_what_that_needs() -> None:
    code = "import sys; from tinytorch.core import Tensor; print('tinytorch.layers' in sys.modules, Tensor.__module__)"
    assert run(code).stdout.split()[0] == "False"


@pytest.mark.parametrize("line", ["from tinytorch.core import Linear", "from tinytorch.core.layers import Linear"])
def test_a_missing_module_is_named_with_the_line_that_installs_it(line: str) -> None:
    result = run(HIDE + line)
    assert result.returncode == 1
    assert "tinytorch.layers is not installed" in result.stderr
    assert "pip install tinytorch-layers" in result.stderr
    assert "pip install '.[layers]'" in result.stderr


def test_a_module_that_fails_to_import_something_else_is_not_called_missing() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'"):  # noqa: SIM117
        with naming_the_package("tinytorch.layers"):
            importlib.import_module("nowhere")


def test_a_wrong_case_gets_a_suggestion() -> None:
    with pytest.raises(AttributeError, match="did you mean Adam"):
        getattr(tinytorch.core, "adam")  # noqa: B009  (the type checker knows that it is not there)


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    with pytest.raises(AttributeError, match=r"tinytorch\.core has no 'Quux'"):
        getattr(tinytorch.core, "Quux")  # noqa: B009  (the type checker knows that it is not there)


def test_a_module_of_the_learners_takes_the_place_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "tinytorch" / "layers"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("__all__ = ['Linear']\nclass Linear:\n    mine = True\n")
    code = (
        "from tinytorch.core import Linear; from tinytorch.core.layers import Linear as L; print(L.mine, L is Linear)"
    )
    assert run(code, tmp_path).stdout.strip() == "True True"


def test_a_name_that_the_learners_module_lacks_is_said_to_be_missing_there(tmp_path: Path) -> None:
    folder = tmp_path / "tinytorch" / "layers"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("__all__ = []\n")
    result = run("from tinytorch.core import Linear", tmp_path)
    assert "Linear is part of tinytorch.layers" in result.stderr
    assert str(folder) in result.stderr


def test_a_package_that_hides_all_modules_is_found_and_named(tmp_path: Path) -> None:
    # A regular package called tinytorch that comes first has no tinytorch.core; one that comes with it hides the rest.
    code = (
        "import tinytorch, tinytorch.core, importlib.util\n"
        "from tinytorch.core import _door\n"
        f"importlib.util.find_spec = lambda name: type('S', (), {{'origin': {str(tmp_path / '__init__.py')!r}}})()\n"
    )
    result = run(HIDE + code + "from tinytorch.core import Linear")
    assert "pip uninstall tinytorch" in result.stderr
