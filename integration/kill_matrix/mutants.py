"""Automatic mutants of the reference: a sign, an axis, an off by one, a dropped term, a constant.

``python -m integration.kill_matrix.mutants [MODULE ...]`` prints how many of 150 a module the checks notice, and which
survive. A mutant is a text edit of a function that is asked for, or of one that has checks.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from integration.kill_matrix.matrix import MODULES, Trial, label, named, processes, trials, tried
from integration.kill_matrix.survivors import REASONS

from tinytorch.tito.checks import (
    Check,
    Modules,
    Wrong,
    load_checks,
    mistaken,
    reference_text,
    replaced,
)
from tinytorch.tito.checks._plain import same
from tinytorch.tito.checks._run import drive
from tinytorch.tito.exercises import read_exercises
from tinytorch.tito.loader._workspace import reference_folder
from tinytorch.tito.mistakes import Mistake, read_mistakes
from tinytorch.tito.splice import Definition, Source, decode, definitions, find

COUNT = 150
SEED = 1958
WANTED = 0.9
MISNAMED = 0.02
MORE_SEEDS = 100

SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
BOUNDS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


# Arguments that say where a result is written, or what is compared on the way: without them the result is the same.
SPARED = ("out", "strict")
# Names that turn a function into its counterpart.
TWINS = {
    "max": "min",
    "maximum": "minimum",
    "argmax": "argmin",
    "any": "all",
    "exp": "expm1",
    "log": "log1p",
    "sin": "cos",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "floor": "ceil",
}
TWINS |= {other: one for one, other in TWINS.items()}


@dataclass(frozen=True)
class Mutant:
    """An edit of a function.

    Attributes
    ----------
    kind : str
        ``sign``, ``axis``, ``off by one``, ``dropped term`` or ``constant``.
    function, file : str
    line : int
    old, new : str
        What stands there, and what takes its place.
    text : str
        The whole file with the edit.
    """

    kind: str
    function: str
    file: str
    line: int
    old: str
    new: str
    text: str

    @property
    def name(self) -> str:
        """What tells it from every other."""
        return f"{self.function}: {self.old} -> {self.new}"


def edits(node: ast.AST, axis: bool) -> Iterator[tuple[str, ast.AST]]:
    """Yield the kinds of edit that a node allows, each with what takes its place."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in SWAPS:
            other = copy.deepcopy(node)
            other.op = SWAPS[type(node.op)]()
            yield "sign", other
            negated = copy.deepcopy(node)
            negated.left = ast.UnaryOp(ast.USub(), node.left)
            yield "sign", negated
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            yield "dropped term", node.left
            yield "dropped term", node.right
        if isinstance(node.op, ast.Div | ast.MatMult | ast.Pow):
            yield "dropped term", node.left
    elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if name in TWINS:
            twin = copy.deepcopy(node)
            setattr(twin, "attr" if isinstance(node, ast.Attribute) else "id", TWINS[name])
            yield "sign", twin
    elif isinstance(node, ast.Call):
        for number, keyword in enumerate(node.keywords):
            if keyword.arg in SPARED:
                continue
            fewer = copy.deepcopy(node)
            del fewer.keywords[number]
            yield "dropped term", fewer
    elif isinstance(node, ast.BoolOp):
        for term in node.values:
            yield "dropped term", term
    elif isinstance(node, ast.IfExp):
        yield "dropped term", node.body
        yield "dropped term", node.orelse
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield "sign", node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in BOUNDS:
        bound = copy.deepcopy(node)
        bound.ops = [BOUNDS[type(node.ops[0])]()]
        yield "off by one", bound
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        for value in (node.value + 1, node.value - 1):
            yield ("axis" if axis else "off by one"), ast.Constant(value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield "constant", ast.Constant(2.0 * node.value or 1.0)
        yield "constant", ast.Constant(-node.value or -1.0)


def places(definition: Definition) -> Iterator[tuple[ast.AST, bool]]:
    """Yield the expressions of a body that an edit can change what it computes, and whether each is an axis."""
    node = definition.node
    body = node.body[1:] if definition.docstring else node.body
    waiting: list[tuple[ast.AST, bool]] = [(one, False) for one in reversed(body)]
    while waiting:
        one, axis = waiting.pop()
        if isinstance(one, ast.Raise | ast.JoinedStr | ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue  # what an error says, and what is a function of its own
        if isinstance(one, ast.keyword) and one.arg in SPARED:
            continue
        if isinstance(one, ast.AnnAssign):
            waiting += [(one.value, False)] if one.value else []
            continue
        yield one, axis
        inner = isinstance(one, ast.keyword) and one.arg in ("axis", "axes", "dim")
        waiting += [(child, inner or (axis and isinstance(one, ast.UnaryOp))) for child in ast.iter_child_nodes(one)]


def mutants_of(function: str, file: str, text: str) -> Iterator[Mutant]:
    """Yield every mutant of a function."""
    source = Source(text, file)
    definition = find(source, function)[0]
    for node, axis in places(definition):
        for kind, other in edits(node, axis):
            if not isinstance(node, ast.expr):
                continue
            begin = source.offset(node.lineno, node.col_offset)
            end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
            new = ast.unparse(other)
            changed = f"{text[:begin]}({new}){text[end:]}"
            try:
                ast.parse(changed)
            except SyntaxError:
                continue  # a place where no expression in brackets may stand
            yield Mutant(kind, function, file, node.lineno, text[begin:end], new, changed)


def home_of(module: str, function: str) -> str | None:
    """Return the file of a module in which a function stands."""
    folder = reference_folder(module)
    for file in sorted(folder.rglob("*.py")) if folder else ():
        if any(function in one.names for one in definitions(Source(decode(file.read_bytes()), str(file)).tree)):
            return file.name
    return None


def sample(module: str, count: int = COUNT) -> list[Mutant]:
    """Return mutants of a module: of the asked functions first, then of those with checks; drawn with a fixed seed."""
    listed = read_exercises(module)
    asked = [(one.name, one.file) for one in (listed.functions if listed else ()) if ":" not in one.file]
    checked = dict.fromkeys(check.function for check in load_checks(module))
    others = [(name, file) for name in checked if name not in dict(asked) and (file := home_of(module, name))]
    chosen: list[Mutant] = []
    draw = random.Random(SEED)
    for group in (asked, others):
        every = [one for name, file in group for one in mutants_of(name, file, reference_text(module, file))]
        unique = list({one.text: one for one in every}.values())
        chosen += draw.sample(unique, min(count - len(chosen), len(unique)))
    return chosen


@dataclass(frozen=True)
class Fate:
    """What became of a mutant.

    Attributes
    ----------
    mutant : Mutant
    caught_by : str
        The first check that failed; empty if it survived.
    diagnosis : str
        What a learner would be told; empty for nothing.
    honest : bool
        Whether what was told is true on many more seeds than it was found by.
    """

    mutant: Mutant
    caught_by: str
    diagnosis: str = ""
    honest: bool = True


def fate(arguments: tuple[str, Mutant]) -> tuple[Trial, str]:
    """Run the checks of a mutant's function; if all pass, the others up to one that fails. Return its label too."""
    module, mutant = arguments
    checks = load_checks(module)
    own = [check for check in checks if check.function == mutant.function]
    trial = tried(mutant.function, own, _mutated(module, mutant))
    if trial.failed or trial.accidents or trial.death:
        return trial, (*trial.failed, *trial.accidents, trial.death)[0]
    for check in checks:
        if check.function != mutant.function:
            other = tried("", [check], _mutated(module, mutant))
            if other.failed or other.accidents or other.death:
                return trial, label(check)
    return trial, ""


def _mutated(module: str, mutant: Mutant) -> AbstractContextManager[Modules]:
    return replaced(module, {mutant.file: mutant.text})


def results(checks: Iterable[Check], tt: Modules) -> list[tuple[bool, object]]:
    """Return, for many seeds, whether each check passes, and the result."""
    found: list[tuple[bool, object]] = []
    for check in checks:
        for seed in range(MORE_SEEDS if check.seeds > 1 else 1):
            x, result, _ = drive(check, tt, seed)
            try:
                check.judge(x, result)
            except Wrong:
                found.append((False, result))
            else:
                found.append((True, result))
    return found


def agrees(module: str, mutant: Mutant, checks: list[Check], mistakes: Iterable[Mistake], when: str) -> bool:
    """Whether a mutant does what the mistake does that it was taken for, on more seeds.

    Where the mutant's own results differ from run to run, as without a generator, only passing and failing count.
    """
    runs = []
    for _ in range(2):
        with _mutated(module, mutant) as tt:
            runs.append(results(checks, tt))
    for mistake in mistakes:
        if mistake.function == mutant.function and mistake.when == when:
            with mistaken(module, mistake) as tt:
                theirs = results(checks, tt)
            triples = zip(*runs, theirs, strict=True)
            if all(
                one[0] == other[0] and (same(one[1], other[1]) or not same(one[1], again[1]))
                for one, again, other in triples
            ):
                return True
    return False


def fates(module: str, count: int = COUNT) -> list[Fate]:
    """Return what becomes of the mutants of a module."""
    chosen, mistakes = sample(module, count), read_mistakes(module)
    checks = load_checks(module)
    with processes() as pool:
        found = pool.map(fate, [(module, one) for one in chosen], chunksize=1)
        functions = {one.function for one in chosen}
        relevant = [one for one in mistakes if one.function in functions]
        known = list(zip(relevant, trials(module, relevant, pool), strict=True))
    result = []
    for mutant, (trial, caught_by) in zip(chosen, found, strict=True):
        when = named(trial, mutant.function, known) if caught_by else None
        own = [check for check in checks if check.function == mutant.function]
        honest = when is None or agrees(module, mutant, own, mistakes, when)
        result.append(Fate(mutant, caught_by, when or "", honest))
    return result


def report(module: str, found: list[Fate], seconds: float) -> list[str]:
    """Return the lines of a module."""
    survivors = [one.mutant for one in found if not one.caught_by]
    told = [one for one in found if one.diagnosis]
    false = [one for one in told if not one.honest]
    caught = f"{len(found) - len(survivors)} of {len(found)} mutants caught"
    lines = [f"## {module}: {caught}, {len(told)} named, {len(false)} of them wrongly, {seconds:.0f} s"]
    for one in survivors:
        reason = REASONS.get((module, one.name), "NOT EXPLAINED")
        lines.append(f"survived  {one.kind:12} {one.file}:{one.line} {one.name}  ({reason})")
    lines += [f"misnamed  {one.mutant.name}: {one.diagnosis}" for one in false]
    return lines


def main() -> int:
    """Run the mutants of the modules that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m integration.kill_matrix.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=list(MODULES))
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args()
    bad = False
    for module in options.modules:
        begin = time.perf_counter()
        found = fates(module, options.count)
        sys.stdout.write("\n".join(report(module, found, time.perf_counter() - begin)) + "\n\n")
        sys.stdout.flush()
        caught = sum(bool(one.caught_by) for one in found)
        false = sum(not one.honest for one in found)
        bad |= any(not one.caught_by and (module, one.mutant.name) not in REASONS for one in found)
        bad |= caught < WANTED * len(found) or false > MISNAMED * len(found)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
