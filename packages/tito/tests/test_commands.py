"""Each command in states that learners get into: names, environments, interruptions, odd folders."""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.workspace import Progress, UnknownNameError, _seen, branch, find_chapter, find_function

RIGHT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"
HEAVY = {"numpy", "rich", "watchfiles", "psutil", "importlib.metadata", "unittest", "asyncio"}


@pytest.mark.parametrize("text", ["5", "05", "autograd", "auto", "AUTOGRAD", " autograd ", "05_autograd"])
def test_a_module_has_many_names(text: str) -> None:
    assert find_chapter(text).name == "autograd"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("21", "numbered 1 to 20"),
        ("0", "numbered 1 to 20"),
        ("lo", None),
        ("a", "activations or autograd or attention or acceleration"),
        ("atograd", "Did you mean autograd?"),
        ("xyz", "There is no module xyz."),
        ("", "There is no module"),
    ],
)
def test_what_means_nothing_or_too_much_is_said(text: str, said: str | None) -> None:
    if said is None:
        assert find_chapter(text).name == "losses"
        return
    with pytest.raises(UnknownNameError) as error:
        find_chapter(text)
    assert said in str(error.value)


def test_a_function_has_its_name_its_end_and_its_beginning() -> None:
    known = ["Operators.__rsub__", "broadcast_shapes", "sum_to", "matmul_loops", "matmul_blocks"]
    for text in ("Operators.__rsub__", "__rsub__", "Operators.__r", "__rs"):
        assert find_function(text, known, "tensor") == "Operators.__rsub__"
    assert find_function("sum", known, "tensor") == "sum_to"
    with pytest.raises(UnknownNameError, match="matmul_loops or matmul_blocks"):
        find_function("matmul", known, "tensor")
    with pytest.raises(UnknownNameError, match=r"tensor has no function sum_too\. Did you mean sum_to\?"):
        find_function("sum_too", known, "tensor")


@pytest.mark.parametrize(
    "arguments", [(), ("map",), ("hint",), ("show", "tokenization"), ("undo", "--list"), ("start",)]
)
def test_what_runs_no_code_of_a_learners_imports_nothing_heavy(learner: Any, arguments: tuple[str, ...]) -> None:
    learner.run(*arguments)  # what is remembered is remembered now
    code = f"import sys; from tinytorch.tito.cli._main import run; run({list(arguments)!r}); print('\\n', *sys.modules)"
    line = [sys.executable, "-P", "-c", code]
    done = subprocess.run(
        line, cwd=learner.folder, env=learner.environment, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert HEAVY & set(done.stdout.splitlines()[-1].split()) == set()


def test_what_functions_say_is_worked_out_where_one_is_written_and_once(
    new_learner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = new_learner(started=False)
    learner.run("start", "activations")
    hashed: list[str] = []

    def noting(node: ast.AST) -> str:
        hashed.append(getattr(node, "name", ""))
        return hash_of(node)

    hash_of = _seen.hash_of
    monkeypatch.setattr(_seen, "hash_of", noting)

    def standing() -> str:
        module = Progress(learner.folder).module("activations")
        assert module is not None
        return module.tasks[0].standing

    assert (standing(), hashed) == ("blank", [])
    file = learner.folder / "src/tinytorch/activations/_rectifiers.py"
    file.write_text(file.read_text("utf-8").replace("raise NotImplementedError", "raise ValueError", 1), "utf-8")
    assert standing() == "unchecked"
    assert "relu_op" in hashed
    assert "softmax_op" not in hashed
    hashed.clear()
    assert (standing(), hashed) == ("unchecked", [])


def test_a_folder_of_any_name_is_a_workspace(new_learner: Callable[..., Any], tmp_path: Path) -> None:
    learner = new_learner()
    moved = tmp_path / "käse und brot – 数"
    shutil.move(learner.folder, moved)
    learner = replace(learner, folder=moved)
    learner.write("count_pairs", RIGHT)
    assert learner.run("check").code == 0
    inner = replace(learner, folder=moved / "src" / "tinytorch")
    assert "1 of 2 functions" in inner.run().out
    assert inner.run("run", "-c", "import tinytorch.tokenization as t; print(t.merge_pair(['a', 'a'], ('a', 'a')))").out


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("    ", "\t")])
def test_line_endings_and_tabs_stay_as_they_are(learner: Any, change: Callable[[str], str]) -> None:
    learner.write("count_pairs", "return {p: 1 for p in zip(tokens, tokens[1:])}")
    text = change(learner.file.read_text("utf-8"))
    learner.file.write_bytes(text.encode())
    said = learner.run("check")
    assert said.code == 1
    assert "a pair is noted once" in said.out
    assert learner.run("reset", "count_pairs").code == 0
    assert ("\r\n" in text) == (b"\r\n" in learner.file.read_bytes())
    assert learner.run("undo").code == 0
    assert learner.file.read_bytes() == text.encode()


def test_a_console_of_another_encoding_gets_question_marks_and_no_error(learner: Any, tmp_path: Path) -> None:
    folder = tmp_path / "数"
    shutil.move(learner.folder, folder)
    environment = {key: value for key, value in learner.environment.items() if key != "PYTHONUTF8"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tinytorch.tito", "doctor"],
        cwd=folder,
        env={**environment, "PYTHONIOENCODING": "cp1252:strict"},
        capture_output=True,
        check=False,
    )
    assert f"workspace \u00b7 {tmp_path}{os.sep}?".encode("cp1252") in done.stdout
    assert b"set PYTHONUTF8=1" in done.stdout


def test_no_git_is_no_obstacle(learner: Any, tmp_path: Path) -> None:
    bare = {**learner.environment, "PATH": str(tmp_path)}
    said = replace(learner, folder=tmp_path, environment=bare).run("init", "other", "--no-self-test")
    assert said.code == 0
    assert "no git here" in said.out
    assert not (tmp_path / "other/.git").exists()


def test_a_workspace_inside_a_repository_gets_none_of_its_own(learner: Any, tmp_path: Path) -> None:
    (tmp_path / "outer").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path / "outer")], check=True, env=learner.environment)
    said = replace(learner, folder=tmp_path / "outer").run("init", "inner", "--no-self-test")
    assert "part of the git repository around it" in said.out
    assert not (tmp_path / "outer/inner/.git").exists()


def test_a_workspace_in_a_workspace_is_refused(learner: Any) -> None:
    said = learner.run("init", "inner")
    assert said.code == 3
    assert "would lie inside the workspace" in said.err


def test_with_an_identity_the_new_workspace_is_committed(learner: Any, tmp_path: Path) -> None:
    names = {"GIT_AUTHOR_NAME": "L", "GIT_AUTHOR_EMAIL": "l@x", "GIT_COMMITTER_NAME": "L", "GIT_COMMITTER_EMAIL": "l@x"}
    said = replace(learner, folder=tmp_path).run("init", "mine", "--no-self-test", **names)
    assert "a git repository with its first commit" in said.out
    log = subprocess.run(
        ["git", "-C", str(tmp_path / "mine"), "log", "--format=%s"], capture_output=True, text=True, check=True
    )
    assert log.stdout == "Begin\n"
    status = subprocess.run(
        ["git", "-C", str(tmp_path / "mine"), "status", "--short"], capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
    assert "Branch: git switch -c tokenization" in replace(learner, folder=tmp_path / "mine").run("start", "10").out


def test_the_branch_is_what_git_says_in_a_repository_below_its_root_in_a_worktree_and_on_none(tmp_path: Path) -> None:
    names = ["-c", "user.name=L", "-c", "user.email=l@x"]

    def git(*arguments: str) -> str:
        line = ["git", "-C", str(tmp_path / "one"), *names, *arguments]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "one/below").mkdir(parents=True)
    git("init", "-q", "--initial-branch=topic/first")
    assert branch(tmp_path / "one") == branch(tmp_path / "one/below") == "topic/first"
    git("commit", "-q", "--allow-empty", "-m", "Begin")
    git("worktree", "add", "-q", "-b", "second", str(tmp_path / "two"))
    assert branch(tmp_path / "two") == "second"
    git("checkout", "-q", "--detach")
    assert branch(tmp_path / "one") == ""
    (tmp_path / "one/.git/HEAD").write_text("ref: refs/heads/.invalid\n", "utf-8")  # as where another file says it
    assert branch(tmp_path / "one") == ""


def test_outside_a_workspace_every_command_says_how_to_make_one(learner: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outside = replace(learner, folder=tmp_path / "empty")
    for arguments in ((), ("check",), ("run", "x.py"), ("map",), ("undo",), ("milestone",)):
        said = outside.run(*arguments)
        assert said.code == 3
        assert "tito init learn" in said.err


def test_run_answers_with_the_programs_code_and_its_arguments(learner: Any) -> None:
    script = learner.folder / "script.py"
    script.write_text("import sys\nprint(sys.argv[1:])\nsys.exit(7)\n", "utf-8")
    said = learner.run("run", "script.py", "--help", "-x", "1")
    assert (said.code, said.out) == (7, "['--help', '-x', '1']\n")
    assert learner.run("run", "-c").code == 2
    assert learner.run("run", "-m", "json.tool", "--help").out.startswith("usage")


def test_a_mistake_of_titos_own_leaves_a_file_about_it(learner: Any) -> None:
    code = (
        "import sys\nimport tinytorch.tito.cli._status as status\nfrom tinytorch.tito.cli._main import run\n"
        "def bug():\n    raise ZeroDivisionError('ours')\nstatus.status = bug\nsys.exit(run([]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=learner.folder,
        env=learner.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert "a mistake of tito's own (ZeroDivisionError: ours)" in done.stderr
    crash = next((learner.folder / ".tito/crash").iterdir())
    assert "ZeroDivisionError: ours" in crash.read_text("utf-8")
    assert crash.name in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_an_interruption_is_exit_code_130(learner: Any) -> None:
    learner.write("count_pairs", "print(1, file=open('began', 'w'), flush=True)\n    while True: pass")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tinytorch.tito", "check"],
        cwd=learner.folder,
        env=learner.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    learner.wait_for("began")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Interrupted; nothing is lost." in err


def test_an_endless_loop_is_stopped_at_its_line(learner: Any) -> None:
    learner.write("count_pairs", "while len(tokens) < 9:\n        __import__('time').sleep(0.1)")
    said = learner.run("check", "--json")
    answer = json.loads(said.out)
    assert said.code == 1
    assert answer["errors"][0]["id"] == "time"
    assert answer["errors"][0]["message"].startswith("Stopped after 10 s in `count_pairs`, line ")
    assert answer["errors"][0]["line"] in (12, 13)
    assert "its checks fail" in learner.run().out


def test_leaving_in_the_middle_is_never_a_pass(learner: Any) -> None:
    for body in ("import sys; sys.exit(0)", "import os; os._exit(0)"):
        learner.write("count_pairs", body)
        said = learner.run("check")
        assert said.code == 1
        assert "not a pass" in said.out
        assert "0 of 2 functions" in learner.run().out


def test_progress_of_a_function_survives_changes_elsewhere_and_the_module_wants_one_last_check(learner: Any) -> None:
    learner.write("count_pairs", RIGHT)
    assert learner.run("check").code == 0
    learner.write("merge_pair", "return tokens")
    said = learner.run("check")
    assert said.code == 1
    assert "x merge_pair" in said.out
    assert "ok 1 written before still passes" in said.out
    table = {row["module"]: row for row in json.loads(learner.run("map", "--json").out)["data"]["modules"]}
    assert {row["name"]: row["state"] for row in table["tokenization"]["functions"]} == {
        "count_pairs": "passed",
        "merge_pair": "failed",
    }


def test_what_a_learners_code_prints_is_shown_and_cannot_break_the_document(learner: Any) -> None:
    learner.write("count_pairs", "print('{\"schema\": 1}')\n    " + RIGHT)
    said = learner.run("check", "--json")
    assert json.loads(said.out)["data"]["printed"].splitlines()[0] == '{"schema": 1}'
    assert "your code printed" in learner.run("check", "count_pairs").out


def test_another_framework_is_a_check_that_fails(learner: Any) -> None:
    text = learner.file.read_text("utf-8")
    learner.file.write_text(text.replace('neighbours."""\n', 'neighbours."""\n\nimport torch\n', 1), "utf-8")
    learner.write("count_pairs", RIGHT)
    said = learner.run("check")
    assert said.code in (1, 3)
    assert "torch" in said.out
    assert "  10 tokenization  [..........]  0 of 2 " in learner.run("map").out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_watch_checks_on_a_save_and_hears_keys(learner: Any) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tinytorch.tito", "watch", "--turns", "2"],
        cwd=learner.folder,
        env=learner.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    assert "Watching" in process.stderr.readline()
    assert re.search(r"\d\.\d s", process.stderr.readline())
    learner.write("count_pairs", RIGHT)
    while process.poll() is None:  # a save is heard from when watching has begun: it is saved again and again
        shutil.copy(learner.file, learner.folder / "saved")
        (learner.folder / "saved").replace(learner.file)
        time.sleep(0.1)
    out, _ = process.communicate(timeout=60)
    assert "ok count_pairs  2/2" in out
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_watch_on_a_terminal_hints_and_ends_on_keys(learner: Any) -> None:
    said = learner.terminal("watch", keys="hq")
    assert said.code == 0
    assert "Keys: h hint, n next, q end." in said.out


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_workspace_is_said_in_a_sentence(learner: Any) -> None:
    learner.folder.chmod(0o500)
    try:
        said = learner.run("start", "tokenization")
        assert said.code == 3
        assert "cannot be written" in said.err
    finally:
        learner.folder.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in its standard library")
def test_on_a_terminal_the_line_for_editors_is_shown_and_asked_for(learner: Any, tmp_path: Path) -> None:
    said = replace(learner, folder=tmp_path).terminal("init", "asked", "--no-self-test", keys="n\n")
    assert said.code == 0
    assert "import sys; exec(" in said.out
    assert "Write it?" in said.out
    assert "Wrote" not in said.out


def test_hints_come_one_by_one_and_are_written_down(learner: Any) -> None:
    said = [learner.run("hint").out for _ in range(4)]
    assert "hint 1 of 3: question" in said[0]
    assert "hint 2 of 3: idea" in said[1]
    assert "hint 3 of 3: pseudocode" in said[2]
    assert said[3] == said[2]
    rows = [json.loads(line) for line in (learner.folder / ".tito/journal.jsonl").read_text("utf-8").splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 3]
    assert {row["function"] for row in rows} == {"count_pairs"}


def test_a_solution_is_shown_after_passing_or_when_asked_to_spoil(learner: Any) -> None:
    said = learner.run("solution", "count_pairs")
    assert (said.code, said.out) == (1, "")
    assert "--spoil" in said.err
    said = learner.run("solution", "count_pairs", "--spoil")
    assert "pairs.get(pair, 0) + 1" in said.out
    assert "yours" not in said.out
    assert '"what": "solution"' in (learner.folder / ".tito/journal.jsonl").read_text("utf-8")
    learner.write("count_pairs", RIGHT)
    learner.run("check")
    said = learner.run("solution", "count_pairs")
    assert said.code == 0
    assert said.out.index("yours") < said.out.index("ours · _merge.py")
    assert re.search(r"yours\s+1\s+\d+\.\d\d ms", said.out)
    assert learner.run("solution", "tokenization").code == 2


def test_the_map_has_a_line_for_each_module_that_is_installed(learner: Any) -> None:
    learner.write("count_pairs", RIGHT)
    learner.run("check")
    said = learner.run("map")
    assert "  10 tokenization  [#####.....]  1 of 2    0.5 h  begun" in said.out
    document = json.loads(learner.run("map", "--json").out)
    assert len(document["data"]["modules"]) == 20
    assert document["data"]["path"] == "builder"


def test_a_module_that_is_done_is_followed_by_the_next(learner: Any) -> None:
    learner.write("count_pairs", RIGHT)
    learner.write(
        "merge_pair",
        "out = []\n    for t in tokens:\n"
        "        out[-1:] = ([out[-1] + t] if (out[-1], t) == pair else [out[-1], t]) if out else [t]\n    return out",
    )
    said = learner.run("check", "tokenization")
    assert said.code == 0
    assert "Module 10 tokenization is done" in said.out
    assert "To think about: 1 question" in said.out
    assert "10 tokenization" not in learner.run().out
    learner.file.write_text(learner.file.read_text("utf-8") + "\n\nx = 1\n", "utf-8")
    assert "tito check tokenization" in learner.run().out  # changed since


def test_a_home_that_cannot_be_written_to_is_not_needed(learner: Any) -> None:
    learner.write("count_pairs", RIGHT)
    nowhere = {"HOME": os.devnull, "USERPROFILE": os.devnull, "XDG_CACHE_HOME": os.devnull}
    assert learner.run("check", **nowhere).code == 0
    assert learner.run("doctor", **nowhere).code in (0, 3)
