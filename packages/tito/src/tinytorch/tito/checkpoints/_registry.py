"""Which checkpoints there are. Nothing here imports a module or NumPy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Checkpoint:
    """A question to which a learner's modules are the answer.

    Attributes
    ----------
    id : str
    question : str
        Completes "Can I ...".
    modules : tuple of str
        Whose listed functions all have to be the learner's.
    needs : tuple of str
        Other modules that take part, whoever's they are.
    task : str
        ``package.module:function``, which says the evidence and draws the picture.
    """

    id: str
    question: str
    modules: tuple[str, ...]
    needs: tuple[str, ...]
    task: str


HERE = "tinytorch.tito.checkpoints"

CHECKPOINTS = (
    Checkpoint(
        "1",
        "Can I build the array that everything stands on?",
        ("tensor",),
        (),
        f"{HERE}._numbers:array",
    ),
    Checkpoint(
        "2",
        "Can I bend straight lines without overflow?",
        ("activations",),
        ("tensor",),
        f"{HERE}._numbers:bend",
    ),
    Checkpoint(
        "3",
        "Can I stack layers into a network and account for every parameter?",
        ("layers",),
        ("tensor", "activations"),
        f"{HERE}._networks:stack",
    ),
    Checkpoint(
        "4",
        "Can I say in one number how wrong a model is?",
        ("losses",),
        ("tensor", "activations"),
        f"{HERE}._networks:wrong",
    ),
    Checkpoint(
        "5",
        "Can I get the gradient of anything?",
        ("autograd",),
        ("tensor", "activations"),
        f"{HERE}._learning:gradient",
    ),
    Checkpoint(
        "6",
        "Can I walk downhill in more than one way?",
        ("optim",),
        ("tensor", "autograd"),
        f"{HERE}._learning:downhill",
    ),
    Checkpoint(
        "7",
        "Can I train a real network, stop, and resume as if nothing happened?",
        ("training",),
        ("tensor", "activations", "layers", "losses", "autograd", "optim", "dataloader"),
        f"{HERE}._learning:train",
    ),
)


def find_checkpoint(name: str) -> Checkpoint | None:
    """Return the checkpoint of a number, or None."""
    return next((one for one in CHECKPOINTS if one.id == name), None)
