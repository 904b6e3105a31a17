"""Splice on every source file of every package, and on the exercises of every module, as they stand today."""

import ast
import inspect
import random
from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path
from types import CodeType

import tinytorch.dataloader
import tinytorch.training  # noqa: F401
from tinytorch.tito.exercises import home, parse_exercises
from tinytorch.tito.loader import provenance, start
from tinytorch.tito.loader._graft import graft
from tinytorch.tito.splice import Source, cut, decode, definitions, fill, find, identifiers, is_blank

OPERATIONS = (
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.Subscript,
    ast.UnaryOp,
    ast.AugAssign,
    ast.comprehension,
    ast.JoinedStr,
    ast.IfExp,
)


def is_trivial(statement: ast.stmt) -> bool:
    """Say what may stand in a blank although it stood in a body: what does at most one thing.

    `return self`, `pass`, `y = step.output`, `return np.exp(x)`: such lines are in many functions and carry no idea.
    """
    return isinstance(statement, ast.Import | ast.ImportFrom) or (
        sum(isinstance(node, OPERATIONS) for node in ast.walk(statement)) <= 1
    )


def statements(tree: ast.AST) -> set[str]:
    """Return the statements of a tree that are not trivial; of a block its head, since its body comes by itself."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not is_trivial(node):
            head = node
            if hasattr(node, "body"):
                head = copy(node)
                for field in ("body", "orelse", "finalbody", "handlers"):
                    if getattr(head, field, None):
                        setattr(head, field, [ast.Pass()] if field == "body" else [])
                if isinstance(head, ast.Try | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or is_trivial(
                    head
                ):
                    continue
            found.add(ast.unparse(head))
    return found


@cache
def names_of(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in definitions(ast.parse(text))))


def test_filling_restores_every_byte_whatever_was_cut(module_file: Path) -> None:
    source = decode(module_file.read_bytes())
    assert source.encode() == module_file.read_bytes()
    names = names_of(source)
    generator = random.Random(module_file.name)
    subsets = [generator.sample(names, generator.randint(1, len(names))) for _ in range(3) if names]
    for chosen in (names, *subsets, *([name] for name in names)):
        blank = cut(source, chosen)
        assert (blank != source) == bool(chosen)
        assert fill(blank, source) == source, chosen


def test_no_statement_of_a_body_stands_in_the_blank(module_file: Path) -> None:
    source = decode(module_file.read_bytes())
    parsed = Source(source)
    every = [one for one in definitions(parsed.tree) if not any(isinstance(o, ast.FunctionDef) for o in one.scope)]
    blank = ast.parse(cut(source, names_of(source)))
    for one in definitions(blank):
        assert is_blank(one)
    left = statements(blank)
    outside = statements(_without_bodies(parsed.tree))
    removed = {text for one in every for node in one.statements for text in statements(node)}
    assert not (left - outside) & removed


def _without_bodies(tree: ast.Module) -> ast.Module:
    stripped = ast.parse(ast.unparse(tree))
    for node in ast.walk(stripped):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Pass()]
    return stripped


def test_a_blank_is_the_source_with_lines_left_out_and_markers_put_in(module_file: Path) -> None:
    source = decode(module_file.read_bytes())
    every = definitions(ast.parse(source))
    for one in every[:: max(1, len(every) // 5)]:
        blank = cut(source, [one.name])
        left = definitions(ast.parse(blank))
        marked = [m for m in left if is_blank(m)]
        markers = {n for m in marked for n in range(m.statements[0].lineno, (m.statements[0].end_lineno or 0) + 1)}
        kept = [line for number, line in enumerate(blank.split("\n"), 1) if number not in markers]
        rest = iter(source.split("\n"))
        assert all(line in rest for line in kept), one.name  # each in order: `in` moves on
        names = {other.name for other in every} - {other.name for other in left}
        gone = [d.node for d in every if d.name in names or d.name == one.name]
        most = sum((node.end_lineno or 0) - min(n.lineno for n in (node, *node.decorator_list)) + 1 for node in gone)
        lost = [line for line in set(source.split("\n")) - set(blank.split("\n")) if not line.strip().startswith("#")]
        assert len(lost) <= most, one.name


def functions(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_flags & inspect.CO_OPTIMIZED:
                yield one
            yield from functions(one)


def test_borrowed_code_is_ours_to_the_byte_and_the_line(module_file: Path) -> None:
    source = decode(module_file.read_bytes())
    ours = list(functions(compile(source, str(module_file), "exec", dont_inherit=True)))
    blank = cut(source, names_of(source), elsewhere=identifiers(ast.parse(source)))
    lines_lower = "\n\n\n" + blank  # so that no line number fits by chance
    filled = list(functions(graft(Source(lines_lower), [module_file]).code("learner.py")))
    outside = [one for one in filled if one.co_filename == "learner.py"]
    assert all(one.co_name.startswith("<") for one in outside)  # expressions of the module itself
    for mine, theirs in zip(filled, ours, strict=True):
        assert mine.co_qualname == theirs.co_qualname
        assert mine.co_code == theirs.co_code
        if mine not in outside:
            assert mine.co_filename == str(module_file)
            assert list(mine.co_positions()) == list(theirs.co_positions())


def test_a_name_that_another_file_imports_stays() -> None:
    source = "def _shared(x):\n    return x\n\n\ndef f(x):\n    return _shared(x)\n"
    other = "from m import _shared\n"
    assert "_shared" not in cut(source, ["f"])
    assert "def _shared" in cut(source, ["f"], elsewhere=identifiers(ast.parse(other)))


# What given functions of the same file say too: an idiom to be taken up, no answer.
SHARED = {
    "x, axis = (step.inputs[0], step.parameters['axis'])",  # so begin the rules of reductions
    "return uniform_(tensor, -bound, bound, generator=generator)",  # so end the given initialisers
    "log_yes, log_no = (np.log(probability), np.log1p(-probability))",  # the given derivative takes them as well
}


def reference(exercises_file: Path, module: str, file: str) -> Path:
    """Return a file of the reference, of the module whose exercises are tried or of another."""
    packages = exercises_file.parents[5]
    return packages / module / "src" / "tinytorch" / module / file


def test_the_files_of_a_start_give_no_answer_away(exercises_file: Path, tmp_path: Path) -> None:
    exercises = parse_exercises(exercises_file.read_text("utf-8"))
    started = start(tmp_path, exercises.module, exercises.functions)
    left: set[str] = set()
    for file in started.written:
        text = file.read_text("utf-8")
        left |= statements(ast.parse(text))
        where, *name = file.relative_to(tmp_path / "src" / "tinytorch").parts
        original = decode(reference(exercises_file, where, "/".join(name)).read_bytes())
        assert fill(text, original) == original
    for exercise in exercises.functions:
        source = Source(decode(reference(exercises_file, *home(exercise.file, exercises.module)).read_bytes()))
        for one in find(source, exercise.name):
            removed = {text for node in one.statements for text in statements(node)}
            assert not removed & left - SHARED, f"{exercise.name} stands in the files that a learner gets"
    words = {one.name: one.word for one in provenance(tmp_path, {exercises.module: exercises})}
    assert {words[exercise.name] for exercise in exercises.functions} == {"borrowed"}
    assert {word for name, word in words.items() if name not in {e.name for e in exercises.functions}} <= {"given"}


def test_hints_do_not_contain_the_answer(exercises_file: Path) -> None:
    exercises = parse_exercises(exercises_file.read_text("utf-8"))
    for exercise in exercises.functions:
        text = decode(reference(exercises_file, *home(exercise.file, exercises.module)).read_bytes())
        (one,) = [one for one in definitions(ast.parse(text)) if exercise.name in one.names]
        hints = exercise.hints.question + exercise.hints.idea + exercise.hints.pseudocode
        for line in {text for node in one.statements for text in statements(node)}:
            assert line not in hints
        assert [blank.name for blank in definitions(ast.parse(cut(text, [exercise.name]))) if is_blank(blank)]
