"""What a task of ours is given when it runs beside a learner's modules: a checkpoint, a milestone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tinytorch.tito.checks import Modules, modules
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader import Provenance, Workspace, WorkspaceFinder, provenance


@dataclass(frozen=True)
class Context:
    """A workspace that is in use.

    Attributes
    ----------
    workspace : Path
    tt : Modules
        The modules as the workspace has them: ``tt.tensor.Tensor``.
    finder : WorkspaceFinder
    """

    workspace: Path
    tt: Modules
    finder: WorkspaceFinder

    @classmethod
    @contextmanager
    def open(cls, workspace: Path) -> Iterator[Context]:
        """Install a workspace, counting the calls of every listed function that is written."""
        place = Workspace(workspace)
        lists = {module: read_exercises(module) for module in place.modules()}
        counted = {module: [one.name for one in found.functions] for module, found in lists.items() if found}
        with modules(workspace, count_calls=counted) as (tt, finder):
            if finder is None:
                raise ValueError(f"{workspace} was not installed.")
            yield cls(workspace, tt, finder)

    def calls(self) -> dict[tuple[str, str], int]:
        """How often each written function ran, by module and qualified name."""
        return self.finder.calls()

    def provenance(self) -> list[Provenance]:
        """Whose code each function is."""
        return provenance(self.workspace)
