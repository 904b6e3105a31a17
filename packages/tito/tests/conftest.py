"""What the tests share: the source files of this repository's modules, a small course, and ways to call tito."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

PACKAGES = Path(__file__).resolve().parents[2]

MERGE = '''"""Counting and merging neighbours."""


def count_pairs(tokens: list[str]) -> dict[tuple[str, str], int]:
    """Return how often each pair of neighbours occurs.

    Examples
    --------
    >>> count_pairs(["a", "b", "a"])
    {('a', 'b'): 1, ('b', 'a'): 1}
    """
    pairs: dict[tuple[str, str], int] = {}
    for pair in zip(tokens, tokens[1:]):
        pairs[pair] = pairs.get(pair, 0) + 1
    return pairs


def merge_pair(tokens: list[str], pair: tuple[str, str]) -> list[str]:
    """Return the tokens with each occurrence of a pair made one, from the left."""
    merged: list[str] = []
    for token in tokens:
        if merged and (merged[-1], token) == pair:
            merged[-1] += token
        else:
            merged.append(token)
    return merged
'''

EXERCISES = '''module = "tokenization"
hours = 0.5

[[function]]
name = "count_pairs"
file = "_merge.py"
contract = "tokens -> how often each pair of neighbours occurs"
idea = "What stands together often is one thing."
minutes = 10
points = 1
needs = []

[function.hints]
question = "How many pairs do three tokens have?"
idea = "Walk along the tokens and the same tokens one further on."
pseudocode = """
for each token and its right neighbour:
    count the two"""

[[function]]
name = "merge_pair"
file = "_merge.py"
contract = "tokens, a pair -> fewer tokens"
idea = "From the left, so that three equal tokens become two."
minutes = 20
points = 2
needs = ["count_pairs"]

[function.hints]
question = "What becomes of a a a, when a a is merged?"
idea = "Look at the last token that was kept."
pseudocode = "for each token: join it with the last one kept, or keep it"
'''

CHECKS = """from tinytorch.tito.checks import Check, equals, given

CHECKS = (
    Check(
        function="count_pairs",
        name="neighbours are counted",
        inputs=given(tokens=["a", "b", "a", "b"]),
        drive=lambda tt, x: sorted(tt.tokenization.count_pairs(x["tokens"]).items()),
        judge=equals(lambda x: [(("a", "b"), 2), (("b", "a"), 1)]),
        shown="count_pairs({tokens})",
    ),
    Check(
        function="count_pairs",
        name="nothing has no neighbours",
        inputs=given(tokens=[]),
        drive=lambda tt, x: len(tt.tokenization.count_pairs(x["tokens"])),
        judge=equals(lambda x: 0),
        kind="contract",
    ),
    Check(
        function="merge_pair",
        name="from the left",
        inputs=given(tokens=["a", "a", "a"]),
        drive=lambda tt, x: tt.tokenization.merge_pair(x["tokens"], ("a", "a")),
        judge=equals(lambda x: ["aa", "a"]),
        shown="merge_pair({tokens}, ('a', 'a'))",
    ),
)
"""

MISTAKES = """[[mistake]]
entry = "10-1"
function = "count_pairs"
file = "_merge.py"
when = "a pair is noted once, however often it occurs"
old = "pairs.get(pair, 0) + 1"
new = "1"
"""

ANSWERS = """[[answer]]
question = "How many pairs do a thousand tokens have?"
answer = 999
why = "One fewer than there are tokens."
"""

INIT = '''"""A small module."""

from tinytorch.tokenization._merge import count_pairs, merge_pair

__all__ = ["count_pairs", "merge_pair"]
'''


def module_files() -> list[Path]:
    """Return every source file of every package."""
    return sorted(PACKAGES.glob("*/src/tinytorch/**/*.py"))


@pytest.fixture(params=module_files(), ids=lambda file: file.relative_to(file.parents[1]).as_posix())
def module_file(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


@pytest.fixture(
    params=sorted(PACKAGES.glob("*/src/tinytorch/course/*/exercises.toml")), ids=lambda file: file.parent.name
)
def exercises_file(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one small module, for `PYTHONPATH`, so that transcripts do not change with the real ones."""
    folder = tmp_path_factory.mktemp("course")
    texts = {
        "tinytorch/tokenization/__init__.py": INIT,
        "tinytorch/tokenization/_merge.py": MERGE,
        "tinytorch/course/tokenization/exercises.toml": EXERCISES,
        "tinytorch/course/tokenization/mistakes.toml": MISTAKES,
        "tinytorch/course/tokenization/answers.toml": ANSWERS,
        "tinytorch/course/tokenization/checks.py": CHECKS,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Learner:
    """Somebody in a workspace."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, **more: str) -> Said:
        """Call tito where there is no terminal."""
        return self.python("-P", "-m", "tinytorch.tito", *arguments, **more)

    def python(self, *arguments: str, **more: str) -> Said:
        """Call this Python where there is no terminal."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**self.environment, **more},
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def wait_for(self, name: str) -> Path:
        """Wait until the learner's code, which runs in another process, has made a file and written into it."""
        file = self.folder / name
        deadline = time.monotonic() + 120.0
        while not (file.exists() and file.read_text("utf-8")):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{file} was not written within 120 s")
            time.sleep(0.02)
        return file

    def terminal(self, *arguments: str, keys: str = "", **more: str) -> Said:
        """Call tito on a terminal of 80 columns and 24 lines."""
        import fcntl
        import pty
        import struct
        import termios

        mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tinytorch.tito", *arguments],
            cwd=self.folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**self.environment, "TERM": "xterm", **more},
            start_new_session=True,
        )
        os.close(theirs)
        os.write(mine, keys.encode())
        alarm = threading.Timer(300, process.kill)
        alarm.start()
        parts: list[bytes] = []
        while True:
            try:
                part = os.read(mine, 4096)
            except OSError:  # on Linux, the end of a terminal whose other side is closed
                break
            if not part:
                break
            parts.append(part)
        alarm.cancel()
        os.close(mine)
        return Said(process.wait(timeout=60), b"".join(parts).decode().replace("\r\n", "\n"), "")

    @property
    def file(self) -> Path:
        """The file with the exercises."""
        return self.folder / "src/tinytorch/tokenization/_merge.py"

    def write(self, function: str, body: str) -> None:
        """Write a body in the place of what a function has now."""
        text = self.file.read_text("utf-8")
        begin = text.index(f"def {function}(")
        begin = text.index('"""', text.index('"""', begin) + 3) + 4
        end = text.find("\n\n\ndef ", begin)
        self.file.write_text(text[:begin] + f"    {body}" + (text[end:] if end > 0 else "\n"), "utf-8")

    def settled(self, text: str) -> str:
        """Return a transcript without what differs from run to run: times, dates, folders."""
        text = text.replace(str(self.folder.parent), "FOLDER")
        text = re.sub(r"\d{8}-\d{6}-\d{6}", "COPY", text)
        text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", text)
        text = re.sub(r"\b\d+\.\d s\b", "N s", text)
        text = re.sub(r"\b\d+\.\d\d ms\b", "N.NN ms", text)
        text = re.sub(r"  Borrowed as a whole: [a-z,\s]+\.\n", "  Borrowed as a whole: OTHERS.\n", text)
        return re.sub(r'("seconds": )[\d.e-]+', r"\g<1>0", text)


@pytest.fixture(scope="session")
def made(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Learner]:
    """Return what makes a workspace with the small course: of each kind one by tito, the next ones as copies of it."""
    kinds: dict[tuple[tuple[str, ...], bool], Path] = {}

    def somebody(folder: Path) -> Learner:
        left_out = {"NO_COLOR", "VIRTUAL_ENV"}
        kept = {key: value for key, value in os.environ.items() if key not in left_out and not key.startswith("PYTEST")}
        environment = kept | {
            "PYTHONPATH": str(course),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_CEILING_DIRECTORIES": str(folder.parent),
            "PYTHONUTF8": "1",
            "COLUMNS": "80",
        }
        return Learner(folder, environment)

    def by_tito(options: tuple[str, ...], started: bool) -> Path:
        one = somebody(tmp_path_factory.mktemp("made"))
        said = one.run("init", "learn", "--no-self-test", *options)
        assert said.code == 0, said.err
        inside = replace(one, folder=one.folder / "learn")
        if started:
            assert inside.run("start", "tokenization").code == 0
        return inside.folder

    def make(folder: Path, *options: str, started: bool = True) -> Learner:
        if (options, started) not in kinds:
            kinds[options, started] = by_tito(options, started)
        shutil.copytree(kinds[options, started], folder / "learn")
        return replace(somebody(folder), folder=folder / "learn")

    return make


@pytest.fixture
def new_learner(made: Callable[..., Learner], tmp_path: Path) -> Callable[..., Learner]:
    """Return what makes somebody's workspace with the small course."""
    return partial(made, tmp_path)


@pytest.fixture
def learner(new_learner: Callable[..., Learner]) -> Learner:
    """Return somebody who has just started the small module."""
    return new_learner()
