"""What a learner sets to the reference runs as ours although it is written, and is called borrowed."""

import json
import subprocess
import sys
from pathlib import Path

from tinytorch.tito.exercises import Exercise, Exercises, Hints
from tinytorch.tito.loader import Workspace, provenance

INIT = "from tinytorch.toy._shape import area, side\n"
SHAPE = "def area(x):\n    return _square(x)\n\n\ndef _square(x):\n    return x * x\n\n\ndef side(x):\n    return x\n"
MINE = "def area(x):\n    return -1\n\n\ndef side(x):\n    return -2\n"
ASK = "from tinytorch.toy import area, side; print(area(3), side(3))"


def prepared(tmp_path: Path, chosen: object) -> tuple[Path, Path]:
    for root, text in ((tmp_path / "installed", SHAPE), (tmp_path / "learn/src", MINE)):
        folder = root / "tinytorch" / "toy"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(INIT, "utf-8")
        (folder / "_shape.py").write_text(text, "utf-8")
    (tmp_path / "learn/.tito").mkdir()
    (tmp_path / "learn/.tito/use.json").write_text(json.dumps(chosen), "utf-8")
    return tmp_path / "installed", tmp_path / "learn"


def answers(tmp_path: Path, chosen: object) -> str:
    installed, learn = prepared(tmp_path, chosen)
    code = f"from tinytorch.tito.loader import install; install({str(learn)!r}); {ASK}"
    line = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(installed)!r}); {code}"]
    return subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_without_a_choice_the_learners_run(tmp_path: Path) -> None:
    assert answers(tmp_path, {}) == "-1 -2"


def test_a_function_set_to_ours_is_ours_with_the_helpers_it_needs(tmp_path: Path) -> None:
    assert answers(tmp_path, {"functions": {"toy.area": "toy"}}) == "9 -2"


def test_a_module_set_to_ours_is_ours(tmp_path: Path) -> None:
    assert answers(tmp_path, {"modules": ["toy"]}) == "9 3"


def test_a_damaged_list_is_no_list(tmp_path: Path) -> None:
    assert answers(tmp_path, ["toy"]) == "-1 -2"


def test_provenance_calls_it_borrowed(tmp_path: Path) -> None:
    _, learn = prepared(tmp_path, {"functions": {"toy.area": "toy"}})
    hints = Hints("?", "i", "p")
    asked = tuple(Exercise(name, "_shape.py", "c", "i", 30, 1, (), hints) for name in ("area", "side"))
    found = {one.name: one.word for one in provenance(learn, {"toy": Exercises("toy", 1.0, asked)})}
    assert found == {"side": "written"}  # nothing is installed here from which area could be borrowed
    assert Workspace(learn).chosen().names == {"toy.area"}
