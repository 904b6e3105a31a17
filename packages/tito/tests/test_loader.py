"""The import hook, on a small module of its own: whose code runs, where errors point, what is refused."""

import importlib
import json
import math
import runpy
import subprocess
import sys
import traceback
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.loader import (
    Workspace,
    WorkspaceError,
    check_copies,
    find_pth,
    install,
    pth_line,
    remove_pth,
    uninstall,
    write_pth,
)
from tinytorch.tito.splice import cut

SHAPE = '''"""Shapes."""

from __future__ import annotations

import math
from functools import reduce

LIMIT = 3


def _positive(x: float) -> float:
    return abs(x)


class Shape:
    """A shape."""

    def __init__(self, side: float) -> None:
        self.side = _positive(side)

    def area(self) -> float:
        """The area."""
        return self._square() * 1

    def _square(self) -> float:
        return math.pow(self.side, 2)

    def fail(self) -> float:
        """Fail on the second line of the body."""
        nothing = 0
        return self.side / nothing

    def total(self, sides: list[float]) -> float:
        """The sum, up to a limit."""
        return reduce(lambda a, b: a + b, sides[:LIMIT], 0)
'''

FILES = {
    "__init__.py": '"""Toys."""\n\nfrom tinytorch.toy._shape import Shape\n\n__all__ = ["Shape"]\n',
    "_shape.py": SHAPE,
    "_other.py": "def other():\n    return 'ours'\n",
}


class Toy:
    """A reference module `toy`, and a workspace beside it."""

    def __init__(self, root: Path) -> None:
        self.reference = root / "reference" / "tinytorch" / "toy"
        self.workspace = root / "learn"
        self.folder = self.workspace / "src" / "tinytorch" / "toy"
        self.folder.mkdir(parents=True)
        self.reference.mkdir(parents=True)
        for name, text in FILES.items():
            (self.reference / name).write_text(text, "utf-8")

    def write(self, text: str, name: str = "_shape.py") -> Path:
        file = self.folder / name
        file.write_bytes(text.encode())
        return file

    def load(self) -> Any:
        install(self.workspace)
        return importlib.import_module("tinytorch.toy")


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    made = Toy(tmp_path)
    namespace = vars(sys.modules["tinytorch"])
    before = namespace["__path__"]
    namespace["__path__"] = [*before, str(made.reference.parent)]
    yield made
    uninstall()
    namespace["__path__"] = before
    for name in [name for name in sys.modules if name.startswith("tinytorch.toy")]:
        del sys.modules[name]
    namespace.pop("toy", None)


BLANK = cut(SHAPE, ["Shape.area", "Shape.fail", "Shape.total"])


def test_what_is_blank_is_borrowed_and_what_is_begun_is_the_learners_even_when_wrong(toy: Toy) -> None:
    toy.write(BLANK.replace('raise NotImplementedError("Shape.total: The sum, up to a limit.")', "return -1"))
    shape = toy.load().Shape(-3)
    assert shape.area() == 9
    assert shape.total([1, 2]) == -1
    assert Path(sys.modules["tinytorch.toy._shape"].__file__ or "") == toy.folder / "_shape.py"


def test_a_blank_raises_only_where_nothing_can_be_borrowed(toy: Toy) -> None:
    toy.write(BLANK)
    (toy.reference / "_shape.py").unlink()
    with pytest.raises(NotImplementedError, match=r"Shape\.area: The area\."):
        toy.load().Shape(2).area()


def test_files_that_the_learner_lacks_are_ours_under_the_same_name(toy: Toy) -> None:
    toy.write(BLANK)
    assert toy.load().Shape(2).area() == 4
    other = importlib.import_module("tinytorch.toy._other")
    assert Path(other.__file__ or "") == toy.reference / "_other.py"


@pytest.mark.parametrize("init", [True, False], ids=["with __init__.py", "without"])
def test_the_data_of_a_package_is_ours_where_the_learner_has_none(toy: Toy, init: bool) -> None:
    (toy.reference / "table.csv").write_text("ours", "utf-8")
    (toy.reference / "other.csv").write_text("ours", "utf-8")
    toy.write(BLANK)
    if init:
        toy.write(FILES["__init__.py"], "__init__.py")
        (toy.folder / "other.csv").write_text("the learner's", "utf-8")
    files = resources.files(toy.load())
    assert (files / "table.csv").read_text("utf-8") == "ours"
    assert (files / "other.csv").read_text("utf-8") == ("the learner's" if init else "ours")


def test_a_file_of_the_learners_own_is_found(toy: Toy) -> None:
    toy.write("from tinytorch.toy._mine import Shape\n\n__all__ = ['Shape']\n", "__init__.py")
    toy.write("class Shape:\n    mine = True\n", "_mine.py")
    assert toy.load().Shape.mine


def test_everything_may_stand_in_one_file(toy: Toy) -> None:
    toy.write(BLANK + '\n\n__all__ = ["Shape"]\n', "__init__.py")
    module = toy.load()
    assert module.Shape(2).area() == 4
    assert module.Shape.__module__ == "tinytorch.toy"


def test_a_borrowed_function_finds_the_globals_that_the_learner_removed(toy: Toy) -> None:
    text = BLANK.replace("from functools import reduce\n", "").replace("import math\n", "").replace("LIMIT = 3\n", "")
    assert "_square" not in text
    toy.write(text)
    shape = toy.load().Shape(2)
    assert shape.area() == 4
    assert shape.total([1, 2, 3, 4]) == 6


def test_what_two_borrowed_functions_share_is_defined_once_with_all_it_needs(toy: Toy) -> None:
    text = "import math\nBASE = [math.pi]\nTOKEN = [BASE]\n\n\ndef f():\n    return TOKEN\n"
    text += "\n\ndef g():\n    return TOKEN\n"
    (toy.reference / "_shape.py").write_text(text + "\n\nclass Shape:\n    pass\n", "utf-8")
    toy.write(cut(text[text.index("def f") :], ["f", "g"]) + "\n\nclass Shape:\n    pass\n")
    toy.load()
    names = vars(sys.modules["tinytorch.toy._shape"])
    assert names["f"]() is names["g"]()
    assert names["f"]()[0][0] == math.pi


def test_a_global_of_the_learners_is_never_replaced(toy: Toy) -> None:
    toy.write(BLANK.replace("LIMIT = 3", "LIMIT = 1").replace("import math\n", "class math:\n    pow = max\n"))
    shape = toy.load().Shape(5)
    assert shape.total([1, 2, 3]) == 1
    assert shape.area() == 5


def test_annotations_are_postponed_where_the_reference_postpones_them(toy: Toy) -> None:
    text = BLANK.replace("from __future__ import annotations\n", "")
    toy.write(text)
    (toy.reference / "_shape.py").write_text(SHAPE.replace("sides: list[float]", "sides: Shape"), "utf-8")
    assert toy.load().Shape(2).total([1]) == 1


def test_a_traceback_points_at_the_line_that_ran(toy: Toy) -> None:
    toy.write("# a line more\n\n" + BLANK + "\n\ndef call(shape):\n    return shape.fail()\n")
    toy.load()
    module = sys.modules["tinytorch.toy._shape"]
    with pytest.raises(ZeroDivisionError) as caught:
        vars(module)["call"](vars(module)["Shape"](1))
    mine, ours = traceback.extract_tb(caught.value.__traceback__)[-2:]
    assert (mine.filename, mine.line) == (str(toy.folder / "_shape.py"), "return shape.fail()")
    assert (ours.filename, ours.line) == (str(toy.reference / "_shape.py"), "return self.side / nothing")
    code = vars(module)["Shape"].total.__code__
    assert code.co_filename == str(toy.reference / "_shape.py")
    (inner,) = [one for one in code.co_consts if hasattr(one, "co_filename")]
    assert inner.co_filename == code.co_filename
    assert SHAPE.split("\n")[inner.co_firstlineno - 1].strip().startswith("return reduce(lambda")


def test_a_syntax_error_keeps_the_learners_line_and_caret(toy: Toy) -> None:
    text = BLANK.replace("LIMIT = 3", "LIMIT = (3")
    file = toy.write(text)
    with pytest.raises(SyntaxError) as caught:
        toy.load()
    with pytest.raises(SyntaxError) as plain:
        compile(text, str(file), "exec")
    assert caught.value.filename == str(file)
    for part in ("lineno", "offset", "text", "msg", "end_offset"):
        assert getattr(caught.value, part) == getattr(plain.value, part)


def test_a_blank_whose_decorators_were_edited_is_still_borrowed(toy: Toy) -> None:
    toy.write(BLANK.replace("    def area", "    @staticmethod\n    def area"))
    assert toy.load().Shape(2).area() == 4


def test_a_private_method_of_the_learners_is_kept_for_what_is_borrowed(toy: Toy) -> None:
    toy.write(BLANK.replace("    def area", "    def _square(self):\n        return 100\n\n    def area"))
    assert toy.load().Shape(2).area() == 100


def test_no_bytecode_is_left_of_a_learners_file(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    toy.write(BLANK)
    toy.load()
    assert not list(toy.workspace.rglob("*.pyc"))


def test_calls_of_written_functions_are_counted_on_request(toy: Toy) -> None:
    written = BLANK.replace('raise NotImplementedError("Shape.total: The sum, up to a limit.")', "return -1")
    toy.write(written)
    finder = install(toy.workspace, count_calls={"toy": ["Shape.area", "Shape.total"]})
    shape = importlib.import_module("tinytorch.toy").Shape(1)
    for _ in range(3):
        shape.total([])
    shape.area()
    assert finder.calls() == {("toy", "Shape.total"): 3}
    assert shape.total.__doc__ == "The sum, up to a limit."


@pytest.mark.parametrize("place", ["tinytorch", "tinytorch/course"])
def test_a_file_that_hides_the_namespace_is_named(toy: Toy, place: str) -> None:
    toy.write(BLANK)
    stray = toy.workspace / "src" / place / "__init__.py"
    stray.parent.mkdir(exist_ok=True)
    stray.touch()
    with pytest.raises(WorkspaceError, match=f"{stray} hides every installed module of {place.replace('/', '.')}"):
        install(toy.workspace)
    stray.unlink()
    install(toy.workspace)
    stray.touch()
    with pytest.raises(WorkspaceError, match="hides every installed module"):
        importlib.import_module("tinytorch.toy")


def test_a_module_that_was_imported_too_early_is_named(toy: Toy) -> None:
    importlib.import_module("tinytorch.toy")
    toy.write(BLANK)
    with pytest.raises(WorkspaceError, match=r"tinytorch\.toy was imported from .* before the workspace"):
        install(toy.workspace)


def test_two_workspaces_in_one_process_are_refused(toy: Toy, tmp_path: Path) -> None:
    assert install(toy.workspace) is install(toy.workspace)
    with pytest.raises(WorkspaceError, match="is in use in this process"):
        install(tmp_path / "another")


def test_two_copies_of_a_class_are_named_with_their_files(toy: Toy) -> None:
    # All of it in one file, and a file of ours that imports the class from where we have it.
    toy.write(BLANK + '\n\nfrom tinytorch.toy import _late\n\n__all__ = ["Shape"]\n', "__init__.py")
    (toy.reference / "_late.py").write_text("from tinytorch.toy._shape import Shape\n", "utf-8")
    with pytest.raises(WorkspaceError, match=r"There are two classes Shape: tinytorch\.toy has the one of"):
        toy.load()


def test_a_file_imported_under_two_names_is_named(toy: Toy) -> None:
    file = toy.write(BLANK)
    module = toy.load()
    check_copies()
    again = type(sys)("tinytorch.toy.again")
    again.__file__ = str(file)
    sys.modules["tinytorch.toy.again"] = again
    assert module
    with pytest.raises(WorkspaceError, match=r"has been imported twice, as tinytorch\.toy\._shape and as"):
        check_copies()


def test_a_file_run_as_a_program_beside_its_own_module_is_named(toy: Toy) -> None:
    file = toy.write(BLANK + "\n\nif __name__ == '__main__':\n    import tinytorch.toy\n")
    install(toy.workspace)
    with pytest.raises(WorkspaceError, match=r"runs as a program and is imported as tinytorch\.toy\._shape too"):
        runpy.run_path(str(file), run_name="__main__")


def test_a_folder_without_python_is_no_module_begun(toy: Toy) -> None:
    assert not Workspace(toy.workspace).has("toy")
    (toy.folder / "notes.txt").touch()
    assert Workspace(toy.workspace).modules() == []
    module = toy.load()
    assert Path(module.__file__) == toy.reference / "__init__.py"
    toy.write("")
    assert Workspace(toy.workspace).modules() == ["toy"]


def test_uninstalling_leaves_no_trace(toy: Toy) -> None:
    before = list(sys.meta_path), list(sys.modules["tinytorch"].__path__)
    install(toy.workspace)
    assert next(iter(sys.modules["tinytorch"].__path__)) == str(toy.folder.parent)
    uninstall()
    assert (list(sys.meta_path), list(sys.modules["tinytorch"].__path__)) == before


def test_the_line_of_an_environment_is_written_found_and_removed(tmp_path: Path) -> None:
    workspace = tmp_path / "it's ünïcode \\ folder"
    workspace.mkdir()
    file = write_pth(workspace, tmp_path)
    line = file.read_text("ascii")
    assert line == pth_line(workspace)
    assert line.startswith("import sys; ")
    assert line.count("\n") == 1
    assert find_pth(tmp_path) == workspace.resolve()
    assert remove_pth(tmp_path)
    assert not remove_pth(tmp_path)
    assert find_pth(tmp_path) is None
    assert list(tmp_path.glob(".tinytorch-*")) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write_pth(tmp_path, tmp_path / "none")


def test_the_line_installs_the_workspace_at_the_first_import(toy: Toy) -> None:
    toy.write(BLANK.replace('raise NotImplementedError("Shape.total: The sum, up to a limit.")', "return -1"))
    site = toy.workspace.parent / "site"
    site.mkdir()
    write_pth(toy.workspace, site)
    code = (
        "import json, sys\n"
        f"import tinytorch; tinytorch.__path__ = [*tinytorch.__path__, {str(toy.reference.parent)!r}]\n"
        f"import site; site.addsitedir({str(site)!r})\n"  # as Python reads an environment's folder when it starts
        "before = [m for m in sys.modules if m.startswith('tinytorch.tito.')]\n"
        "import tinytorch.tito.exercises\n"
        "light = 'tinytorch.tito.loader' not in sys.modules\n"
        "from tinytorch.toy import Shape\n"
        "print(json.dumps([light, before, Shape(3).total([]), Shape(3).area(), Shape.__module__]))\n"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    light, before, total, area, home = json.loads(output)
    assert light
    assert sorted(before) == ["tinytorch.tito._version", "tinytorch.tito.activate"]
    assert (total, area, home) == (-1, 9, "tinytorch.toy._shape")


def test_the_line_does_nothing_where_the_package_is_gone() -> None:
    code = f"import sys; sys.modules['tinytorch.tito'] = None\nexec({pth_line('learn')!r})\nprint(len(sys.meta_path))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stderr == ""
