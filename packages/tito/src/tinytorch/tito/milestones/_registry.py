"""Which milestones there are. Nothing here imports a module or NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinytorch.tito.origin import shipped


@dataclass(frozen=True)
class Milestone:
    """A result of the field that a learner's modules are to reach again.

    Attributes
    ----------
    id : str
        Its year.
    title : str
    question : str
    folder : str
        Of its script and its claims, which are the reference's own: nothing is written twice.
    modules : tuple of str
        What the script stands on.
    task : str
        ``package.module:function``.
    data : tuple of str
        The data sets that `--data` takes, the usual one first; empty where it makes its own.
    lengths : bool
        Whether it takes ``--seed`` and ``--epochs``.
    """

    id: str
    title: str
    question: str
    folder: str
    modules: tuple[str, ...]
    task: str
    data: tuple[str, ...] = ()
    lengths: bool = False

    def refuses(self, options: Mapping[str, object]) -> str:
        """Return in a sentence why options make no sense here; nothing if they do."""
        data = options.get("data")
        if data is not None and data not in self.data:
            there = f"it takes {', '.join(self.data)}" if self.data else "it makes its own data"
            return f"{self.id} has no data set {data}; {there}."
        if not self.lengths and options.keys() & {"seed", "epochs"}:
            return f"{self.id} has seeds and a length of its own: --seed and --epochs are not for it."
        return ""


TASKS = "tinytorch.tito.milestones._tasks"

MILESTONES = (
    Milestone(
        "1958",
        "Rosenblatt: the perceptron",
        "Can a machine learn from examples alone?",
        "1958_perceptron",
        ("tensor", "dataloader", "training"),
        f"{TASKS}:script",
        ("digits", "mnist"),
    ),
    Milestone(
        "1969",
        "Minsky and Papert: what one layer cannot learn, and what two can",
        "Can a straight line separate exclusive or?",
        "1969_xor",
        ("tensor", "activations", "layers", "losses", "autograd", "optim", "training"),
        f"{TASKS}:script",
    ),
    Milestone(
        "1986",
        "Rumelhart, Hinton, Williams: learning by back-propagation",
        "Can a network find its own features?",
        "1986_backprop",
        ("tensor", "activations", "layers", "losses", "autograd", "optim", "training", "dataloader"),
        f"{TASKS}:backprop",
        ("mnist", "fashion-mnist", "digits"),
        lengths=True,
    ),
)


def find_milestone(name: str) -> Milestone | None:
    """Return the milestone of a year, or None."""
    return next((one for one in MILESTONES if one.id == name), None)


def script_folder(milestone: Milestone) -> Path:
    """Return the folder with ``run.py`` and ``claim.toml``.

    Raises
    ------
    FileNotFoundError
        If the package was installed without it.
    """
    folders = [folder / milestone.folder for folder in shipped("milestones/scripts", "milestones")]
    for folder in folders:
        if (folder / "run.py").is_file():
            return folder
    raise FileNotFoundError(f"The script of {milestone.id} is not in {folders[0]}; install tinytorch-tito again.")
