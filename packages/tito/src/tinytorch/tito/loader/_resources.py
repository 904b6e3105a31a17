"""The data files of a package that a learner has begun: what their folder lacks is in ours."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources.abc import TraversableResources
from importlib.resources.readers import MultiplexedPath
from pathlib import Path


class Resources(TraversableResources):
    """What `importlib.resources` asks for the files of a package.

    Parameters
    ----------
    folders : sequence of str
        The learner's, then ours.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = folders

    def files(self) -> MultiplexedPath:
        """Return the folders as one; of two files of a name the first folder's counts."""
        return MultiplexedPath(*map(Path, self.folders))
