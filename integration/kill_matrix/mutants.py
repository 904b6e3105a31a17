"""Automatic mutants of the reference: a sign, an axis, an off by one, a dropped term, a constant.

``python -m integration.kill_matrix.mutants [MODULE ...]`` prints how many of 150 a module the checks notice, and which
survive. A mutant is a text edit of a function that is asked for, or of one that has checks.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from integration.kill_matrix.edits import edits
from integration.kill_matrix.matrix import MODULES, Trial, label, named, processes, rightly, trials, tried
from integration.kill_matrix.survivors import REASONS

from tinytorch.tito.checks import Check, Modules, Raised, Wrong, load_checks, mistaken, reference_text, replaced
from tinytorch.tito.checks._diagnosis import bare
from tinytorch.tito.checks._plain import same
from tinytorch.tito.checks._run import drive
from tinytorch.tito.exercises import home, read_exercises
from tinytorch.tito.loader._workspace import reference_folder
from tinytorch.tito.mistakes import Mistake, read_mistakes
from tinytorch.tito.splice import Source, companions, decode, definitions, find

COUNT = 150
SEED = 1958
WANTED = 0.9
MISNAMED = 0.02
MORE_SEEDS = 100

Located = ast.expr | ast.stmt | ast.keyword


@dataclass(frozen=True)
class Mutant:
    """An edit of a function.

    Attributes
    ----------
    kind : str
        ``sign``, ``axis``, ``off by one``, ``dropped term`` or ``constant``.
    function, module, file : str
    line : int
    old, new : str
        What stands there, and what takes its place.
    around : str
        Where `old` stands in the function more than once: what is around this one, and which of several it is.
    text : str
        The whole file with the edit.
    """

    kind: str
    function: str
    module: str
    file: str
    line: int
    old: str
    new: str
    around: str
    text: str

    @property
    def name(self) -> str:
        """What it is called in the list of survivors."""
        where = f" in {self.around}" if self.around else ""
        return " ".join(f"{self.function}: {self.old} -> {self.new}{where}".split())


def mutants_of(function: str, module: str, file: str) -> Iterator[Mutant]:
    """Yield every mutant of a function that stands in a file of a module."""
    text = reference_text(module, file)
    source = Source(text, file)
    definition = find(source, function)[0]
    outer = {inner: node for node in ast.walk(definition.node) for inner in ast.iter_child_nodes(node)}
    body = text[slice(span(source, definition.statements[0])[0], span(source, definition.statements[-1])[1])]
    names: Counter[str] = Counter()
    located = [(kind, part, other) for kind, part, other in edits(definition) if isinstance(part, Located)]
    for kind, part, other in sorted(located, key=lambda one: span(source, one[1])):
        begin, end = span(source, part)
        around: ast.AST = part
        while not isinstance(around, Located) or body.count(text[slice(*span(source, around))]) > 1:
            around = outer[around]
        new = written(other)
        as_it_is = isinstance(other, ast.stmt | ast.Slice | ast.Tuple)
        changed = text[:begin] + (new if as_it_is else f"({new})") + text[end:]
        try:
            ast.parse(changed)
        except SyntaxError:
            continue  # a place where no expression in brackets may stand
        there = "" if around is part else text[slice(*span(source, around))]
        if isinstance(around, ast.If | ast.For | ast.While):
            there = there.partition("\n")[0]
        mutant = Mutant(kind, function, module, file, part.lineno, text[begin:end], new, there, changed)
        names[mutant.name] += 1
        number = names[mutant.name]
        yield mutant if number == 1 else replace(mutant, around=f"{there or mutant.old} ({number})")


def span(source: Source, node: Located) -> tuple[int, int]:
    """Return the first character of a node, and the one after its last."""
    begin = source.offset(node.lineno, node.col_offset)
    return begin, source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)


def written(node: ast.AST) -> str:
    """Return a node as text; a tuple without brackets where slices are in it, as it stands in an index."""
    if isinstance(node, ast.Tuple) and any(isinstance(one, ast.Slice) for one in node.elts):
        return ", ".join(ast.unparse(one) for one in node.elts)
    return ast.unparse(node)


def home_of(module: str, function: str) -> str | None:
    """Return the file of a module in which a function stands."""
    folder = reference_folder(module)
    for file in sorted(folder.rglob("*.py")) if folder else ():
        if any(function in one.names for one in definitions(Source(decode(file.read_bytes()), str(file)).tree)):
            return file.name
    return None


def asked_of(module: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a learner of a module writes, with module and file: what is asked, and the private parts of it.

    Not those that make an error: what it says is free.
    """
    listed = read_exercises(module)
    files: dict[tuple[str, str], list[str]] = {}
    for one in listed.functions if listed else ():
        files.setdefault(home(one.file, module), []).append(one.name)
    for (where, file), names in files.items():
        source = Source(reference_text(where, file), file)
        parts = companions(source, [definition for name in names for definition in find(source, name)])
        private = [one.definition for one in parts]
        names += [one.name for one in private if not (one.node.returns and "Error" in ast.unparse(one.node.returns))]
        yield from ((name, where, file) for name in names)


def sample(module: str, count: int = COUNT) -> list[Mutant]:
    """Return mutants of a module: of what a learner writes first, then of what has checks.

    They are drawn by a hash of seed and name, so that an edit of one function leaves the draw of the others alone.
    """
    asked = list(asked_of(module))
    checked = dict.fromkeys(check.function for check in load_checks(module))
    known = {name for name, _, _ in asked}
    others = [(name, module, file) for name in checked if name not in known and (file := home_of(module, name))]
    chosen: list[Mutant] = []
    for group in (asked, others):
        every = [one for function in group for one in mutants_of(*function)]
        unique = {ast.dump(ast.parse(one.text)): one for one in every}.values()
        chosen += sorted(unique, key=drawn)[: count - len(chosen)]
    return chosen


def drawn(mutant: Mutant) -> bytes:
    """Return a number at random, the same for a mutant each time; those with the lowest are drawn."""
    return hashlib.sha256(f"{SEED} {mutant.name}".encode()).digest()


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
    trial = tried(mutant.function, own, _mutated(mutant))
    if trial.failed or trial.accidents or trial.death:
        return trial, (*trial.failed, *trial.accidents, trial.death)[0]
    for check in checks:
        if check.function != mutant.function:
            other = tried("", [check], _mutated(mutant))
            if other.failed or other.accidents or other.death:
                return trial, label(check)
    return trial, ""


def _mutated(mutant: Mutant) -> AbstractContextManager[Modules]:
    return replaced(mutant.module, {mutant.file: mutant.text})


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

    That is: it is wrong wherever the mistake gives a wrong result, and in the same way; and the first check that it
    fails is failed by both alike. It may be wrong elsewhere as well. Where one of the two breaks down, nothing can be
    compared; where the mutant's own results differ from run to run, as without a generator, only passing and failing.
    """
    runs = []
    for _ in range(2):
        with _mutated(mutant) as tt:
            runs.append(results(checks, tt))
    for mistake in mistakes:
        if mistake.function == mutant.function and mistake.when == when:
            with mistaken(module, mistake) as tt:
                theirs = results(checks, tt)
            triples = list(zip(*runs, theirs, strict=True))
            shown = next((one[0], other[0]) for one, _, other in triples if not one[0] or not other[0])
            if shown == (False, False) and all(is_true_of(*triple) for triple in triples):
                return True
    return False


def is_true_of(one: tuple[bool, object], again: tuple[bool, object], other: tuple[bool, object]) -> bool:
    """Whether what a mistake (`other`) does to one input is what a mutant does, which ran twice."""
    if other[0] or isinstance(other[1], Raised):
        return True
    if one[0]:
        return False
    return isinstance(one[1], Raised) or same(bare(one[1]), bare(other[1])) or not same(one[1], again[1])


def fates(module: str, count: int = COUNT) -> list[Fate]:
    """Return what becomes of the mutants of a module."""
    chosen, mistakes = sample(module, count), read_mistakes(module)
    checks = load_checks(module)
    with processes() as pool:
        found = pool.map(fate, [(module, one) for one in chosen], chunksize=1)
        functions = {one.function for one in chosen}
        relevant = [one for one in mistakes if one.function in functions]
        known = list(zip(relevant, trials(module, relevant, pool), strict=True))
        right = pool.map(rightly, [module])[0]
    result = []
    for mutant, (trial, caught_by) in zip(chosen, found, strict=True):
        when = named(trial, mutant.function, known, right) if caught_by else None
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
