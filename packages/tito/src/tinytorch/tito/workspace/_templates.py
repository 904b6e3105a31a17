"""The files of a new workspace."""

from __future__ import annotations

PYPROJECT = """\
# Your workspace. It is not installed: `tito run`, the checks, and `conftest.py` for pytest put it in front.

[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"

[tool.tito]
path = "{path}"  # builder: everything in order; explorer: one tier; guided: read first, write less
tier = "{tier}"  # of an explorer: foundation, architecture, optimization, capstone

[tool.ruff]
line-length = 120
src = ["src"]

[tool.ruff.lint]
select = ["B", "E", "F", "I", "PIE", "PLE", "RUF", "UP", "W"]
ignore = [
    # A function not written yet leaves what its body will use: arguments, and imports at the top of the file.
    "ARG",
    "F401",
    "RUF001", "RUF002", "RUF003",  # formulas in docstrings use Greek letters and a real minus sign
    "RUF100",  # the files come with `noqa` comments for rules that are not switched on here
]
external = ["F401"]  # switched off above: no `noqa` for it is to be removed as useless

[tool.ruff.lint.isort]
known-first-party = ["tinytorch"]  # also the modules that are not in this folder

[tool.mypy]
strict = true
files = ["src"]  # for another file say `mypy src FILE`: without src, mypy takes the installed modules for yours
# Your files are packages of the namespace `tinytorch`, which other folders have parts of as well.
mypy_path = "$MYPY_CONFIG_FILE_DIR/src"
namespace_packages = true
explicit_package_bases = true

[tool.pyright]
include = ["src", "tests"]
extraPaths = ["src"]
pythonVersion = "3.11"

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
testpaths = ["tests"]
"""

CONFTEST = '''\
"""Tests run on the modules of this workspace; what is not written yet is borrowed."""

from pathlib import Path

from tinytorch.tito.loader import install

install(Path(__file__).parent)
'''

TEST = '''\
"""Tests of your own. `pytest` runs them on your modules; what you have not written yet is ours."""

from tinytorch.tensor import Tensor


def test_a_number_on_the_left_is_what_one_subtracts_from() -> None:
    assert (2 - Tensor([5.0])).tolist() == [-3.0]
'''

XOR = '''\
"""Exclusive or, learnt by a network 2-8-1 that runs on your modules: `tito run xor.py`."""

# %% The four cases
import numpy as np

from tinytorch.activations import Tanh, sigmoid
from tinytorch.layers import Linear, Sequential
from tinytorch.optim import Adam
from tinytorch.tensor import Tensor

x = Tensor(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32))
y = Tensor(np.array([[0], [1], [1], [0]], np.float32))

# %% The network
generator = np.random.default_rng(0)
model = Sequential(Linear(2, 8, generator=generator), Tanh(), Linear(8, 1, generator=generator))
optimizer = Adam(model.parameters(), lr=0.05)

# %% Training: the more the network believes in what is right, the lower the loss
for step in range(301):
    chance = sigmoid(model(x))
    belief = 1 - (y - chance).abs()  # the chance where y is 1, and 1 - chance where y is 0
    loss = -belief.mean()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step:>3}   belief in what is right {belief.mean().item():.3f}")

# %% What it says now
answers = sigmoid(model(x)) > 0.5
print("right:", int((answers == (y > 0.5)).data.sum()), "of 4")
'''

IGNORE = """\
.tito/
.venv/
runs/
__pycache__/
*.pyc
.*_cache/
"""

README = """\
# {name}

A framework that you build, function by function. What you have not written yet is borrowed from the installed one, so
everything runs from the first minute.

| say | and you get |
| --- | --- |
| `tito` | what to do next |
| `tito start` | the files of the next module, in `src/tinytorch/` |
| `tito show tensor --lesson` | the lesson of a module: what it is about, and each of its functions |
| `tito show tensor --cells` | its cells as a file, `lessons/01_tensor.py`, to run, or to open as a notebook |
| `tito show` | what the function at hand promises |
| `tito check` | its checks; with `tito watch`, on each save |
| `tito hint` | the next of three hints |
| `tito use` | whose code runs: written, given, borrowed |
| `tito solution NAME` | the reference's function beside yours, once yours passes |
| `tito map` | how far you are |
| `tito checkpoint` | "Can I ...?", answered with evidence when a module is done |
| `tito milestone` | a result from history, on your own modules |
| `tito clinic` | patients with a symptom: find the fault, write the test that proves it |
| `tito reset NAME` | a function blank again, after a copy |
| `tito undo` | the last thing that tito wrote, taken back |
| `tito doctor` | what is wrong with the set-up, and its repair |

`tito run FILE` runs any script on your modules. `tito run xor.py` trains a small network; `tito run -m pdb xor.py`
does so under a debugger, which stops in your files too. After `tito doctor --editors` a plain `python`, the debugger of
an editor and a notebook run your modules as well: files with `# %%` cells, such as `xor.py`, open as notebooks in VS
Code and PyCharm, and in Jupyter with `jupytext`. `pytest`, `mypy`, `pyright` and `ruff check` are configured here.
`WORKFLOW.md` is about git.

Which way you go is `path` in `pyproject.toml`, and may be changed at any time; `tito start` adds the files that the new
way asks for. What the guided path gave you counts as written until `tito reset NAME` makes it blank.
"""

WORKFLOW = """\
# Working with git

A branch a module, a commit a function. It is how the framework itself is written, and it makes each step one that you
can look at, go back to, or show to somebody.

```sh
git switch -c tensor            # when you start a module
tito start tensor
git add .
git commit -m "Start tensor"    # the blank files alone: from here git diff shows your work
tito show tensor --lesson       # its lesson: read as far as the first function, then write that
tito check                      # until the function passes
git commit -am "Write broadcast_shapes: (3, 1) and (1, 4) -> (3, 4)"
```

When `tito check tensor` passes:

```sh
git switch main
git merge --no-ff --no-edit tensor   # the module is one merge, its functions are its commits
git branch -d tensor
```

- Did `tito init` say that git does not know who you are? `git config --global user.name "NAME"` and the same with
  `user.email` tell it; then `git add .` and `git commit -m "Begin"`, before the first branch.
- A message says what the function promises, not that it was changed.
- Went wrong? `git restore FILE` brings back the last commit. `tito undo` brings back what was there before a command of
  tito's wrote; its copies are in `.tito/history/`, whether or not you committed.
- `.tito/` is not committed. What it holds can be worked out again from your files.
"""


def files(name: str, path: str, tier: str) -> dict[str, str]:
    """Return the texts of a new workspace's files by their names."""
    return {
        "pyproject.toml": PYPROJECT.format(name=name, path=path, tier=tier),
        "conftest.py": CONFTEST,
        "tests/test_first.py": TEST,
        "xor.py": XOR,
        ".gitignore": IGNORE,
        "README.md": README.format(name=name),
        "WORKFLOW.md": WORKFLOW,
    }
