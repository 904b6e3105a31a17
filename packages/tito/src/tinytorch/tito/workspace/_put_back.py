"""Putting the blanks of listed functions back into a file that has lost them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.loader import WorkspaceError, blanks, reference_folder
from tinytorch.tito.splice import Source, SourceSyntaxError, block, decode, definitions
from tinytorch.tito.workspace._progress import Progress, Task

Scope = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def with_blanks(here: Progress, tasks: Sequence[Task], data: bytes) -> bytes | None:
    """Return a learner's file with the blanks of functions that it has lost; None if it cannot take one of them.

    Parameters
    ----------
    here : Progress
    tasks : sequence of Task
        One or more, of one module and in one file.
    data : bytes
        The file as it is.

    Raises
    ------
    WorkspaceError
        If the module of the file is not installed.
    """
    module = tasks[0].module
    where, name = home(tasks[0].exercise.file, module)
    reference, exercises = reference_folder(where, here.place), read_exercises(module)
    if reference is None or exercises is None:
        raise WorkspaceError(f"Module {where} is not installed here.")
    listed = [one for one in here.functions(exercises) if home(one.file, module) == (where, name)]
    blank = blanks(reference, [replace(one, file=name) for one in listed])[name].decode()
    text: str | None = decode(data)
    for task in tasks:
        text = put_back(text, blank, task.name) if text is not None else None
    return text.encode() if text is not None else None


def put_back(text: str, blank: str, name: str) -> str | None:
    """Return a learner's text with a function of the blank file in its place, or None if it cannot take it.

    Parameters
    ----------
    text : str
        The learner's file. One without a statement becomes the whole blank file.
    blank : str
        The file as `start` writes it.
    name : str
        Of a function that the learner's file has lost, qualified.

    Notes
    -----
    A class or a variable that has taken its name makes room for it. Else its place is after what is registered as it
    was (of two rules of an operation the last one counts), else after the nearest statement before it that both files
    have, else before the nearest one after it.
    """
    mine, ours = Source(text, "source"), Source(blank, "blank")
    if not any(not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)) for one in mine.tree.body):
        return blank
    found = [one for one in definitions(ours.tree) if name in one.names]
    if len(found) != 1 or any(not isinstance(outer, ast.ClassDef) for outer in found[0].scope):
        return None
    definition = found[0]
    body = block(mine.tree.body, [outer.name for outer in definition.scope])
    if not body:
        return None
    theirs = definition.scope[-1].body if definition.scope else ours.tree.body
    here = {_label(one): one for one in body}
    place = theirs.index(definition.node)
    before = next((one for one in reversed(body) if registrations(one) & registrations(definition.node)), None)
    if before is None:
        before = next((here[_label(one)] for one in reversed(theirs[:place]) if _label(one) in here), None)
    after = next((here[_label(one)] for one in theirs[place + 1 :] if _label(one) in here), None)
    gap = mine.newline * (2 if definition.scope else 3)
    lines = ours.text[ours.line_start(ours.start(definition.node)) : ours.end(definition.node)]
    lines = lines.replace(ours.newline, mine.newline)
    if before is None and after is not None:
        at = mine.line_start(mine.start(after))
        lines = lines + gap
    else:
        at = mine.line_end(mine.end(before if before is not None else body[-1]))
        lines = gap + lines
    taken = [one for one in body if definition.node.name in binds(one)]
    if len(taken) == 1:  # by a class, or a variable: the blank comes in its place
        at, until = mine.line_start(mine.start(taken[0])), mine.line_end(mine.end(taken[0]))
        result = text[:at] + lines.strip(mine.newline) + text[until:]
    else:
        result = text[:at] + lines + text[at:]
    try:
        return result if name in {way for one in definitions(Source(result).tree) for way in one.names} else None
    except SourceSyntaxError:
        return None


def binds(node: ast.stmt) -> set[str]:
    """Return the names that a statement makes a class or a variable."""
    if isinstance(node, ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {one.id for one in targets if isinstance(one, ast.Name)}


def registrations(node: ast.stmt) -> set[str]:
    """Return what decorators register a function as, each with the object it takes first: ``rule(relu_op)``."""
    calls = [one for one in getattr(node, "decorator_list", ()) if isinstance(one, ast.Call) and one.args]
    return {f"{ast.unparse(one.func)}({one.args[0].id})" for one in calls if isinstance(one.args[0], ast.Name)}


def _label(node: ast.stmt) -> str:
    """Return what a statement is known again by: the name of what it defines, else all of it."""
    return node.name if isinstance(node, Scope) else ast.dump(node)
