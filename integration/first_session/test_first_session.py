"""A new learner in an empty environment: every command of the quick start of packages/tito, as it stands there.

Between the blocks the learner edits one function: first as the text says, which is wrong, then right.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "packages/tito/README.md").read_text("utf-8")
QUICK = README[README.index("## Quick start") : README.index("## What the commands stand on")]
BLOCKS = [block.splitlines() for block in re.findall(r"^```sh\n(.*?)^```", QUICK, re.DOTALL | re.MULTILINE)]
BLANK = re.compile(r'raise NotImplementedError\("Operators\.__rsub__: [^\n]*\n')
WRONG = "return self - other"
RIGHT = "return -self + other"
SECONDS = 60.0


class Shell:
    """A terminal in which lines are typed, with an environment's programs first on the path."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.environment = {
            **{
                key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "PIP_"))
            },
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.spent: dict[str, float] = {}

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line; `cd` moves to another folder."""
        if line.startswith("cd "):
            self.folder /= line[3:]
            return subprocess.CompletedProcess(line, 0, "", "")
        before, begin = os.times(), time.perf_counter()
        done = subprocess.run(
            line,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            stdin=subprocess.DEVNULL,
        )
        after = os.times()
        # Processor time: what other programs do to a shared machine's clock says nothing about the command.
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        self.spent[f"{len(self.spent) + 1} {line}"] = seconds
        print(f"$ {line}    [{seconds:.1f} s of processor, {time.perf_counter() - begin:.1f} s]")
        print(done.stdout + done.stderr)
        return done


def test_the_quick_start_has_three_blocks_and_begins_with_the_installation() -> None:
    assert len(BLOCKS) == 3
    assert BLOCKS[0][0].startswith("pip install '")
    assert BLOCKS[0][0].count("URL") == 1
    assert WRONG in QUICK


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the quick start's quotes are a POSIX shell's")
def test_fifteen_minutes_from_nothing_to_a_function_in_a_network(
    environment: Callable[[], Any], checkout: Path, tmp_path: Path
) -> None:
    fresh = environment()
    shell = Shell(tmp_path, fresh.python.parent)
    install, init, cd, start, show, check = BLOCKS[0]
    installed = shell.type(install.replace("URL", checkout.as_uri()))
    assert installed.returncode == 0, installed.stderr
    shell.spent.clear()

    said = shell.type(init)
    assert said.returncode == 0, said.stderr
    assert "the reference learns XOR" in said.stdout
    shell.type(cd)
    assert "First: Operators.__rsub__" in shell.type(start).stdout
    assert "Checked:" in shell.type(show).stdout
    said = shell.type(check)
    assert said.returncode == 1
    assert "Operators.__rsub__ is not written yet" in said.stdout

    file = shell.folder / "src/tinytorch/tensor/_operators.py"
    blank = file.read_text("utf-8")
    assert len(BLANK.findall(blank)) == 1
    file.write_text(BLANK.sub(WRONG + "\n", blank), "utf-8")
    check, run = BLOCKS[1]
    said = shell.type(check)
    assert said.returncode == 1
    assert "2 - Tensor([5.0])" in said.stdout
    assert WRONG in said.stdout
    assert "this is what you get when the order of the operands is lost" in said.stdout
    assert "right: 0 of 4" in shell.type(run).stdout

    file.write_text(BLANK.sub(RIGHT + "\n", blank), "utf-8")
    hint, check, run, use, milestone, bare = BLOCKS[2]
    assert "hint 1 of 3" in shell.type(hint).stdout
    said = shell.type(check)
    assert said.returncode == 0
    assert "ok Operators.__rsub__" in said.stdout
    assert "right: 4 of 4" in shell.type(run).stdout
    assert "Operators.__rsub__  written" in shell.type(use).stdout
    said = shell.type(milestone)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "written 1" in said.stdout
    assert (shell.folder / "runs/1969").is_dir()
    assert "broadcast_shapes" in shell.type(bare).stdout

    assert json.loads(shell.type("tito doctor --json").stdout)["ok"] is True
    in_editors(shell, file)
    total = sum(shell.spent.values())
    print(json.dumps({"seconds after the installation": round(total, 1)}))
    assert total < SECONDS, shell.spent


def in_editors(shell: Shell, file: Path) -> None:
    """See that plain Python, as editors, debuggers and notebooks start it, runs the learner's code while asked to."""
    whose = 'python -c "import tinytorch.tensor as t; print(t.__file__, 2 - t.Tensor([5.0]))"'
    assert str(file.parent) not in shell.type(whose).stdout
    said = shell.type("tito doctor --editors")
    assert "activate.workspace" in said.stderr
    assert str(file.parent) in shell.type(whose).stdout
    assert "right: 4 of 4" in shell.type("python xor.py").stdout
    shell.type("tito doctor --no-editors")
    assert str(file.parent) not in shell.type(whose).stdout
