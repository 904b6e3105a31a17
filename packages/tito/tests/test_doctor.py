"""Each broken state is named in a sentence and ends in one command that repairs it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.cli import _doctor
from tinytorch.tito.cli._screen import Screen
from tinytorch.tito.loader import find_pth, write_pth
from tinytorch.tito.origin import address, install_line
from tinytorch.tito.workspace._surroundings import Surroundings
from tinytorch.tito.workspace._trouble import Trouble
from tinytorch.tito.workspace._troubles import around, troubles


def found(learner: Any) -> dict[str, Any]:
    document = json.loads(learner.run("doctor", "--json").out)
    return {error["id"]: error for error in document["errors"] if error["id"] != "pythonpath"}


def repair(learner: Any, id: str) -> None:
    said = learner.run("doctor", "--repair", id)
    assert f"repaired {id}" in said.err
    assert id not in found(learner)


def test_a_sound_workspace_has_no_troubles(learner: Any) -> None:
    assert found(learner) == {}


def test_a_file_that_hides_the_namespace_is_renamed(learner: Any) -> None:
    stray = learner.folder / "src/tinytorch/__init__.py"
    stray.write_text("mine = 1\n", "utf-8")
    for command in ((), ("check",), ("start",), ("use",)):
        said = learner.run(*command)
        assert said.code == 3
        assert "hides every installed module" in said.err
        assert "tito doctor" in said.err
    assert "hides every installed module" in found(learner)["namespace"]["message"]
    repair(learner, "namespace")
    assert stray.with_name("__init__.py.txt").read_text("utf-8") == "mine = 1\n"
    assert learner.run().code == 0
    assert learner.run("undo").code == 0  # also this is taken back
    assert stray.read_text("utf-8") == "mine = 1\n"


def test_a_file_that_shadows_a_module_of_python_is_named_and_renamed(learner: Any) -> None:
    (learner.folder / "random.py").write_text("x = 1\n", "utf-8")
    trouble = found(learner)["shadow"]
    assert trouble["message"].startswith("random.py takes the place of the module random")
    assert trouble["help"] == "tito doctor --repair shadow"
    repair(learner, "shadow")
    assert (learner.folder / "my_random.py").exists()


def test_as_a_module_of_python_tito_runs_beside_a_file_that_shadows_one(learner: Any) -> None:
    for name in ("random", "json", "click", "tempfile"):
        (learner.folder / f"{name}.py").write_text("raise RuntimeError('mine')\n", "utf-8")
    line = [sys.executable, "-m", "tinytorch.tito", "doctor", "--json"]
    done = subprocess.run(line, cwd=learner.folder, env=learner.environment, capture_output=True, check=False)
    shadows = [error["message"] for error in json.loads(done.stdout)["errors"] if error["id"] == "shadow"]
    assert [message.split()[0] for message in shadows] == ["json.py", "random.py", "tempfile.py"]


def test_a_file_that_does_not_parse_is_named_with_the_copy_that_did(learner: Any) -> None:
    learner.write("count_pairs", "return {}")
    learner.run("check")
    learner.write("count_pairs", "return {")
    trouble = found(learner)["syntax"]
    assert "_merge.py, line 12, is not Python" in trouble["message"]
    assert (trouble["line"], trouble["column"]) == (12, 12)
    assert learner.run(*trouble["help"].split()[1:]).code == 0
    assert "syntax" not in found(learner)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe\x00", b'{"version": 3'])
def test_damaged_state_is_worked_out_again(learner: Any, damage: bytes) -> None:
    learner.write("count_pairs", "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}")
    assert learner.run("check").code == 0
    for name in ("results/tokenization.json", "cache/tokenization.json", "current.json", "use.json", "journal.jsonl"):
        file = learner.folder / ".tito" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(damage)
    assert learner.run().code == 0
    assert "state" in found(learner)
    assert learner.run("check").code == 0
    assert "1 of 2 functions" in learner.run().out
    learner.run("doctor", "--repair", "state")
    assert "state" not in found(learner)


def test_a_file_in_the_place_of_the_state_is_moved(learner: Any) -> None:
    shutil.rmtree(learner.folder / ".tito")
    (learner.folder / ".tito").write_text("mine", "utf-8")
    assert learner.run().code == 0
    learner.write("count_pairs", "return {}")
    said = learner.run("check")
    assert said.code == 3
    assert "tito doctor" in said.err
    repair(learner, "state")
    assert (learner.folder / ".tito.broken").read_text("utf-8") == "mine"
    assert learner.run("check").code == 1


def test_progress_comes_back_when_all_of_it_is_deleted(learner: Any) -> None:
    learner.write("count_pairs", "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}")
    learner.run("check")
    before = learner.run().out
    shutil.rmtree(learner.folder / ".tito")
    assert "not checked as it stands" in learner.run().out
    learner.run("check")
    assert learner.run().out == before


def test_a_configuration_that_is_gone_is_written_anew(learner: Any) -> None:
    (learner.folder / "pyproject.toml").unlink()
    assert "ruff, mypy and pytest are not configured" in found(learner)["configuration"]["message"]
    repair(learner, "configuration")
    assert "[tool.tito]" in (learner.folder / "pyproject.toml").read_text("utf-8")


def test_functions_that_are_gone_are_put_back_after_one_copy(learner: Any) -> None:
    learner.write("count_pairs", "return {'mine': 1}")
    mine = learner.file.read_text("utf-8").replace("def count_pairs", "def countpairs").replace("def merge", "def fuse")
    learner.file.write_text(mine, "utf-8")
    trouble = found(learner)["gone"]
    assert trouble["message"] == "count_pairs and merge_pair are gone from _merge.py, and nothing runs in their place."
    assert trouble["help"] == "tito doctor --repair gone"
    repair(learner, "gone")
    text = learner.file.read_text("utf-8")
    for name in ("def count_pairs(", "def merge_pair(", "def countpairs(", "def fuse_pair("):
        assert text.count(name) == 1
    assert text.count("raise NotImplementedError") == 3  # of which one went with its new name
    assert "not written yet" in learner.run("check").out
    assert learner.run("undo").code == 0
    assert learner.file.read_text("utf-8") == mine


def test_one_function_that_is_gone_is_put_back_by_a_repair_of_everything(learner: Any) -> None:
    before = learner.file.read_text("utf-8")
    learner.file.write_text(before[: before.index("\n\n\ndef merge_pair")] + "\n", "utf-8")
    assert found(learner)["gone"]["message"] == "merge_pair is gone from _merge.py, and nothing runs in its place."
    assert "repaired gone: _merge.py has its blanks again" in learner.run("doctor", "--repair").err
    assert learner.file.read_text("utf-8") == before


def test_a_file_of_functions_that_is_gone_is_written_again(learner: Any) -> None:
    before = learner.file.read_bytes()
    learner.file.unlink()
    trouble = found(learner)["gone"]
    assert trouble["message"] == "count_pairs and merge_pair are gone with _merge.py; ours runs."
    assert trouble["help"] == "tito start tokenization"
    repair(learner, "gone")
    assert learner.file.read_bytes() == before


def test_a_function_whose_class_is_gone_is_left_to_a_reset_of_all(new_learner: Any) -> None:
    learner = new_learner(started=False)
    assert learner.run("start", "tensor").code == 0
    file = learner.folder / "src/tinytorch/tensor/_operators.py"
    file.write_text(file.read_text("utf-8").replace("class Operators", "class Mine"), "utf-8")
    trouble = found(learner)["gone"]
    assert trouble["message"].startswith("Operators.__rsub__")
    assert trouble["help"] == "tito reset tensor"
    assert learner.run().out.endswith("  Next: tito reset tensor makes all of it blank, after a copy\n")
    said = learner.run("doctor", "--repair", "gone")
    assert (said.code, "tito cannot do that for you" in said.err) == (3, True)
    assert "class Mine" in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        (
            {"url": "https://here.example/it", "vcs_info": {"vcs": "git", "commit_id": "1"}},
            "git+https://here.example/it",
        ),
        (
            {"url": "file:///it", "vcs_info": {"vcs": "git", "commit_id": "1", "requested_revision": "v1"}},
            "git+file:///it@v1",
        ),
        ({"url": "file:///it/packages/tito", "dir_info": {"editable": True}}, "file:///it"),
        ({"url": "file:///elsewhere", "dir_info": {}}, ""),
        ({"url": "https://x/tinytorch_tito.whl", "archive_info": {}}, ""),
        ({"url": 3, "vcs_info": 4}, ""),
        ([], ""),
    ],
)
def test_where_tito_came_from_is_what_pip_noted(tmp_path: Path, noted: object, said: str) -> None:
    file = tmp_path / "direct_url.json"
    file.write_text(json.dumps(noted), "utf-8")
    assert address(file, "/packages/tito") == said


def test_a_module_that_is_begun_and_not_installed_is_named_with_the_line_that_installs_it(learner: Any) -> None:
    assert learner.run("start", "optim").code == 0
    code = """
import sys, tinytorch.tito.exercises as lists
find = lists.find_exercises
lists.find_exercises = lambda name: None if name == "optim" else find(name)  # as after pip uninstall
from tinytorch.tito.cli import main
main(sys.argv[1:])
"""

    def without(*arguments: str) -> Any:
        return learner.python("-P", "-c", code, *arguments)

    sentence = "optim is begun here, and tinytorch-optim is not installed: nothing of it can be checked."
    line = install_line("optim")
    assert "tinytorch-workspace[optim] @ " in line
    bare = without()
    assert (bare.code, bare.err) == (3, f"error: {sentence}\n  Next: {line}\n")
    said = without("doctor")
    assert f"x missing: {sentence}\n      {sys.executable} -m {line}\n" in said.out
    assert f"Next: {line}\n" in without("check", "optim").err


def test_leftovers_of_a_kill_are_swept(learner: Any) -> None:
    scratch = learner.folder / ".tito" / ".tito-abc"
    scratch.write_text("", "utf-8")
    os.utime(scratch, (0, 0))
    assert found(learner)["leftovers"]["help"] == "tito doctor --repair leftovers"
    learner.run("doctor", "--repair", "leftovers")
    assert not scratch.exists()


def test_a_repair_that_is_not_there_is_refused(learner: Any) -> None:
    said = learner.run("doctor", "--repair", "everything")
    assert said.code == 2
    assert "There is no trouble everything here" in said.err


def test_without_a_workspace_the_rest_is_still_looked_at(learner: Any, tmp_path: Path) -> None:
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    said = replace(learner, folder=empty).run("doctor")
    assert "workspace · none here" in said.out
    assert "modules are looked for in this order" in said.out


@pytest.fixture
def sound(tmp_path: Path) -> Surroundings:
    packages = tmp_path / "packages"
    (packages / "tinytorch/tensor").mkdir(parents=True)
    (packages / "tinytorch/tensor/__init__.py").touch()
    return Surroundings(
        python=(3, 12, 1),
        executable="/env/bin/python",
        prefix="/env",
        environment={},
        encoding="utf-8",
        folders=(packages / "tinytorch",),
        versions={"numpy": "2.1", "tinytorch-tensor": "0.1.0", "tinytorch-tito": "0.1.0"},
        packages=packages,
        system="Linux",
    )


def one(here: Surroundings, id: str, root: Path | None = None) -> Trouble:
    return next(trouble for trouble in around(here, root) if trouble.id == id)


def test_a_sound_python_has_no_troubles(sound: Surroundings) -> None:
    assert troubles(sound, None) == []


def test_an_old_python_is_named(sound: Surroundings) -> None:
    assert "This is Python 3.10.2" in one(replace(sound, python=(3, 10, 2)), "python").message


def test_the_wrong_environment_is_named_with_the_right_python(sound: Surroundings) -> None:
    trouble = one(replace(sound, environment={"VIRTUAL_ENV": "/other"}), "environment")
    assert "/env" in trouble.message
    assert trouble.help == f"{Path('/other/bin/python')} -m tinytorch.tito doctor"
    windows = one(replace(sound, environment={"VIRTUAL_ENV": "/other"}, system="Windows"), "environment")
    assert windows.help.startswith(str(Path("/other/Scripts/python.exe")))


def test_versions_of_another_series_are_named_with_the_line_of_pip(sound: Surroundings) -> None:
    mixed = replace(sound, versions={**sound.versions, "tinytorch-layers": "0.3.1"})
    trouble = one(mixed, "versions")
    assert "tinytorch-layers 0.3.1" in trouble.message
    line = "/env/bin/python -m pip install --upgrade 'tinytorch-workspace[layers,tito] @ git+URL'"
    assert trouble.help == f"{line}, URL being where you have tito from"
    known = one(replace(mixed, source="git+https://here.example/it@v1"), "versions")
    assert known.help == line.replace("git+URL", "git+https://here.example/it@v1")


def test_somebody_elses_distribution_is_named(sound: Surroundings) -> None:
    foreign = replace(sound, versions={**sound.versions, "tinytorch": "9.9"})
    assert one(foreign, "foreign").help == "/env/bin/python -m pip uninstall tinytorch"


def test_a_module_installed_twice_is_named_with_both_places(sound: Surroundings, tmp_path: Path) -> None:
    stale = tmp_path / "stale" / "tinytorch"
    (stale / "tensor").mkdir(parents=True)
    (stale / "tensor/__init__.py").touch()
    trouble = one(replace(sound, folders=(*sound.folders, stale)), "twice")
    assert str(sound.folders[0] / "tensor") in trouble.message
    assert str(stale / "tensor") in trouble.message


def test_no_module_and_no_numpy_are_named(sound: Surroundings) -> None:
    bare = replace(sound, folders=(), versions={})
    assert [trouble.id for trouble in around(bare, None)] == ["numpy", "modules"]


def test_a_path_in_front_of_all_is_named(sound: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "mine/tinytorch").mkdir(parents=True)
    trouble = one(replace(sound, environment={"PYTHONPATH": str(tmp_path / "mine")}), "pythonpath")
    assert str(tmp_path / "mine") in trouble.message


def test_a_console_without_utf8_is_a_note(sound: Surroundings) -> None:
    trouble = one(replace(sound, encoding="cp1252"), "encoding")
    assert (trouble.serious, trouble.help) == (False, "set PYTHONUTF8=1")


def test_the_line_of_a_workspace_that_has_moved_is_written_anew(sound: Surroundings, learner: Any) -> None:
    old = learner.folder.with_name("old")
    write_pth(old, sound.packages)
    trouble = one(sound, "line", learner.folder)
    assert str(old) in trouble.message
    assert trouble.repair is not None
    trouble.repair()
    assert [one for one in around(sound, learner.folder) if one.id == "line"] == []


@pytest.mark.parametrize("damage", ["import (", "import sys", "import sys; exec('x.y()')", "import \xe9"])
def test_a_line_for_editors_that_is_damaged_is_written_anew(sound: Surroundings, learner: Any, damage: str) -> None:
    file = write_pth(learner.folder, sound.packages)
    file.write_text(damage, "utf-8")
    picture = _doctor.picture(Screen(json=True), sound, learner.folder)
    assert picture["editors"] == "(unreadable)"
    trouble = one(sound, "line", learner.folder)
    assert trouble.repair is not None
    trouble.repair()
    assert find_pth(sound.packages) == learner.folder


def test_a_full_disk_and_no_git_are_named(sound: Surroundings, learner: Any) -> None:
    ids = {one.id: one.serious for one in troubles(replace(sound, free=1 << 20, git=False), learner.folder)}
    assert ids == {"disk": True, "git": False}
