"""What start writes, what it never touches, and whose code each function then is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tinytorch.tito.exercises import Exercise, Exercises, Hints
from tinytorch.tito.loader import Workspace, WorkspaceError, provenance, start
from tinytorch.tito.splice import SourceSyntaxError, SpliceError, cut, fill

SHAPE = "def area(x):\n    return _square(x)\n\n\ndef _square(x):\n    return x * x\n\n\ndef side(x):\n    return x\n"
USER = "from tinytorch.toy._shape import area\n\n\ndef use():\n    return area(2)\n"
INIT = "from tinytorch.toy._shape import area, side\n\n__all__ = ['area', 'side']\n"


def exercise(name: str, file: str) -> Exercise:
    return Exercise(name, file, f"what {name} promises", "idea", 30, 1, (), Hints("?", "i", "p"))


ASKED = [exercise("area", "_shape.py"), exercise("use", "_user.py")]


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "installed" / "tinytorch" / "toy"
    folder.mkdir(parents=True)
    for name, text in {"__init__.py": INIT, "_shape.py": SHAPE, "_user.py": USER, "_more.py": "x = 1\n"}.items():
        (folder / name).write_text(text, "utf-8")
    monkeypatch.setitem(vars(sys.modules["tinytorch"]), "__path__", [str(folder.parent)])
    return folder


def test_start_writes_the_files_of_exercises_and_a_reexporting_one(tmp_path: Path, reference: Path) -> None:
    result = start(tmp_path / "learn", "toy", ASKED)
    folder = tmp_path / "learn/src/tinytorch/toy"
    assert sorted(file.name for file in folder.iterdir()) == ["__init__.py", "_shape.py", "_user.py"]
    assert sorted(file.name for file in result.written) == ["__init__.py", "_shape.py", "_user.py"]
    assert (folder / "__init__.py").read_text("utf-8") == INIT
    shape = (folder / "_shape.py").read_text("utf-8")
    assert 'raise NotImplementedError("area: what area promises")' in shape
    assert "_square" not in shape
    assert fill(shape, SHAPE) == SHAPE
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("links", [True, False])
def test_start_keeps_what_is_there(
    tmp_path: Path, reference: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*names: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # as on a memory stick

    if not links:
        monkeypatch.setattr("os.link", refused)
    folder = tmp_path / "learn/src/tinytorch/toy"
    folder.mkdir(parents=True)
    (folder / "_shape.py").write_bytes(b"mine = 1\r\n")
    result = start(tmp_path / "learn", "toy", ASKED)
    assert (folder / "_shape.py").read_bytes() == b"mine = 1\r\n"
    assert [file.name for file in result.kept] == ["_shape.py"]
    assert sorted(file.name for file in result.written) == ["__init__.py", "_user.py"]
    again = start(tmp_path / "learn", "toy", ASKED)
    assert again.written == ()


def test_a_private_function_that_another_file_imports_is_left_for_it(tmp_path: Path, reference: Path) -> None:
    (reference / "_more.py").write_text("from tinytorch.toy._shape import _square\n", "utf-8")
    start(tmp_path / "learn", "toy", ASKED)
    assert "def _square" in (tmp_path / "learn/src/tinytorch/toy/_shape.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("x = getattr(shape, '_square')\n", True), ("shape._square(1)\n", True), ("# as _square does\n", False)],
)
def test_a_private_function_stays_for_any_use_and_for_no_comment(
    tmp_path: Path, reference: Path, text: str, kept: bool
) -> None:
    (reference / "_more.py").write_text(text, "utf-8")
    start(tmp_path / "learn", "toy", ASKED)
    assert ("def _square" in (tmp_path / "learn/src/tinytorch/toy/_shape.py").read_text("utf-8")) == kept


def test_start_reads_no_more_of_other_files_than_it_needs(tmp_path: Path, reference: Path) -> None:
    (reference / "_more.py").write_text("(" * 1000, "utf-8")  # parsing it would fail; nothing private is named in it
    start(tmp_path / "learn", "toy", ASKED)
    assert "def _square" not in (tmp_path / "learn/src/tinytorch/toy/_shape.py").read_text("utf-8")


def test_start_that_fails_leaves_nothing(tmp_path: Path, reference: Path) -> None:
    with pytest.raises(SpliceError, match="Did you mean area"):
        start(tmp_path / "learn", "toy", [exercise("areas", "_shape.py")])
    with pytest.raises(WorkspaceError, match=r"has no file _none\.py"):
        start(tmp_path / "learn", "toy", [exercise("area", "_none.py")])
    with pytest.raises(
        WorkspaceError, match=r"no module zoo to start from; pip install 'tinytorch-workspace\[zoo\] @ "
    ):
        start(tmp_path / "learn", "zoo", [])
    for name in ("tito", "course", "../toy"):
        with pytest.raises(WorkspaceError, match="There is no module"):
            start(tmp_path / "learn", name, [])
    assert not (tmp_path / "learn").exists()


def test_start_that_is_killed_before_its_last_step_leaves_no_module(tmp_path: Path, reference: Path) -> None:
    code = (
        "import os, sys, pathlib, signal, tinytorch\n"
        "from tinytorch.tito.loader import start\n"
        "from tinytorch.tito.exercises import Exercise, Hints\n"
        f"tinytorch.__path__ = [{str(reference.parent)!r}]\n"
        "pathlib.Path.rename = lambda *a: os._exit(9)\n"
        "area = Exercise('area', '_shape.py', 'c', 'i', 1, 1, (), Hints('', '', ''))\n"
        f"start({str(tmp_path / 'learn')!r}, 'toy', [area])\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    place = Workspace(tmp_path / "learn")
    assert place.modules() == []
    assert list(place.namespace.iterdir()) != []  # the leftover, under a name that is no module
    start(place.root, "toy", ASKED)
    assert place.modules() == ["toy"]


BASE = "def run(x):\n    return x\n\n\ndef stop(x):\n    return -x\n"
ACROSS = [*ASKED, exercise("run", "base:_run.py")]


@pytest.fixture
def base(reference: Path) -> Path:
    folder = reference.with_name("base")
    folder.mkdir()
    (folder / "__init__.py").write_text("from tinytorch.base._run import run, stop\n", "utf-8")
    (folder / "_run.py").write_text(BASE, "utf-8")
    (folder / "_walk.py").write_text("def walk(x):\n    return x\n", "utf-8")
    return folder


@pytest.mark.usefixtures("base")
def test_an_exercise_in_a_file_of_another_module_is_put_where_that_module_stands(tmp_path: Path) -> None:
    result = start(tmp_path / "learn", "toy", ACROSS)
    modules = tmp_path / "learn/src/tinytorch"
    assert result.folder == modules / "toy"
    assert sorted(file.name for file in (modules / "base").iterdir()) == ["__init__.py", "_run.py"]
    assert 'raise NotImplementedError("run: what run promises")' in (modules / "base/_run.py").read_text("utf-8")
    assert modules / "base/_run.py" in result.written
    assert start(tmp_path / "learn", "toy", ACROSS).written == ()
    later = start(tmp_path / "learn", "base", [exercise("walk", "_walk.py")])
    assert [file.name for file in later.written] == ["_walk.py"]


@pytest.mark.usefixtures("base")
def test_of_another_module_that_was_begun_before_only_the_missing_file_comes(tmp_path: Path) -> None:
    start(tmp_path / "learn", "base", [exercise("walk", "_walk.py")])
    folder = tmp_path / "learn/src/tinytorch/base"
    (folder / "__init__.py").write_text("mine = 1\n", "utf-8")
    result = start(tmp_path / "learn", "toy", ACROSS)
    assert {file.name for file in result.written if file.parent == folder} == {"_run.py"}
    assert (folder / "__init__.py").read_text("utf-8") == "mine = 1\n"


@pytest.mark.usefixtures("base")
def test_a_function_asked_for_across_modules_is_listed_under_the_module_that_asks(tmp_path: Path) -> None:
    learn = tmp_path / "learn"
    start(learn, "toy", ACROSS)
    listed = {"toy": Exercises("toy", 1.0, tuple(ACROSS)), "base": Exercises("base", 1.0, ())}
    found = {(one.module, one.name): one for one in provenance(learn, listed)}
    assert [(*place, one.word) for place, one in found.items() if one.file.parent.name == "base"] == [
        ("toy", "run", "borrowed"),
        ("base", "stop", "given"),
    ]
    file = learn / "src/tinytorch/base/_run.py"
    file.write_text(BASE.replace("return x", "return 2 * x"), "utf-8")
    found = {(one.module, one.name): one for one in provenance(learn, listed)}
    assert (found["toy", "run"].word, found["toy", "run"].file) == ("written", file)
    assert ("base", "run") not in found


@pytest.mark.usefixtures("reference")
def test_a_file_of_a_module_that_is_not_installed_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="There is no module base to start from"):
        start(tmp_path / "learn", "toy", ACROSS)
    assert not (tmp_path / "learn").exists()


LISTED = {"toy": Exercises("toy", 1.0, tuple(ASKED))}


def words(workspace: Path) -> dict[str, str]:
    return {one.name: one.word for one in provenance(workspace, LISTED)}


def test_the_words(tmp_path: Path, reference: Path) -> None:
    learn = tmp_path / "learn"
    assert words(learn) == {"area": "borrowed", "use": "borrowed"}
    start(learn, "toy", ASKED)
    assert words(learn) == {"area": "borrowed", "use": "borrowed", "side": "given"}
    file = learn / "src/tinytorch/toy/_shape.py"
    text = file.read_text("utf-8").replace('raise NotImplementedError("area: what area promises")', "return 7")
    file.write_text(text + "\n\ndef own():\n    return 1\n", "utf-8")
    assert words(learn) == {"area": "written", "use": "borrowed", "side": "given", "own": "written"}
    file.write_text(file.read_text("utf-8").replace("return x\n", "return -x\n"), "utf-8")
    assert words(learn)["side"] == "written"
    file.write_text(file.read_text("utf-8").replace("def area(", "def aria("), "utf-8")
    assert words(learn) == {"area": "gone", "use": "borrowed", "side": "written", "own": "written", "aria": "written"}
    file.unlink()
    assert words(learn) == {"area": "borrowed", "use": "borrowed"}


def test_provenance_says_where_the_code_stands(tmp_path: Path, reference: Path) -> None:
    learn = tmp_path / "learn"
    start(learn, "toy", ASKED)
    by_name = {one.name: one for one in provenance(learn, LISTED)}
    assert (by_name["area"].file, by_name["area"].line) == (reference / "_shape.py", 1)
    assert (by_name["side"].file, by_name["side"].line) == (learn / "src/tinytorch/toy/_shape.py", 5)
    assert by_name["use"].module == "toy"
    assert len(by_name) == 3


def test_a_function_moved_to_another_file_is_still_written(tmp_path: Path, reference: Path) -> None:
    learn = tmp_path / "learn"
    folder = learn / "src/tinytorch/toy"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(cut(SHAPE, ["side"]), "utf-8")
    found = {one.name: (one.word, one.file.name) for one in provenance(learn, LISTED)}
    assert found["area"] == ("written", "__init__.py")


def test_provenance_of_a_file_that_does_not_parse_names_its_line(tmp_path: Path, reference: Path) -> None:
    start(tmp_path / "learn", "toy", ASKED)
    (tmp_path / "learn/src/tinytorch/toy/_shape.py").write_text("def f(:\n", "utf-8")
    with pytest.raises(SourceSyntaxError, match=r"_shape\.py:1:7"):
        provenance(tmp_path / "learn", LISTED)
