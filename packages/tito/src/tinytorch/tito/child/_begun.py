"""Which of a module's listed functions a learner has not begun."""

from __future__ import annotations

from collections.abc import Iterable

from tinytorch.tito.exercises import Exercise, home
from tinytorch.tito.loader import Workspace, python_files
from tinytorch.tito.splice import Source, decode, definitions, is_blank


def not_begun(workspace: Workspace, module: str, exercises: Iterable[Exercise]) -> set[str]:
    """Return the names of the functions that are blank, or nowhere in the learner's files: ours would run.

    Raises
    ------
    SourceSyntaxError
        If a file of the module does not parse.
    """
    begun: dict[str, set[str]] = {}
    result = set()
    for exercise in exercises:
        where, _ = home(exercise.file, module)
        if where not in begun:
            files = python_files(workspace.folder(where)) if workspace.has(where) else ()
            sources = [Source(decode(file.read_bytes()), str(file)) for file in files]
            every = [one for source in sources for one in definitions(source.tree)]
            begun[where] = {name for one in every if not is_blank(one) for name in one.names}
        if exercise.name not in begun[where]:
            result.add(exercise.name)
    return result
