"""The package graph: what is declared is what is imported, half by half, and the whole is the plan's graph."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES: dict[str, dict[str, Any]] = {
    file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in sorted(ROOT.glob("packages/*/pyproject.toml"))
}

# The plan, as narrow as it can be: an edge that another path implies is not written.
PLAN: dict[str, set[str]] = {
    "tensor": set(),
    "activations": {"tensor"},
    "layers": {"tensor"},
    "losses": {"activations"},
    "autograd": {"tensor"},
    "optim": {"tensor"},
    "training": {"layers", "autograd", "optim"},
    "spatial": {"activations", "layers"},
    "dataloader": {"tensor"},
    "tokenization": set(),
    "embeddings": {"layers"},
    "attention": {"activations", "layers"},
    "transformers": {"activations", "embeddings", "attention"},
    "profiling": {"tensor"},
    "quantization": {"layers", "spatial", "autograd"},
    "compression": {"layers", "autograd", "optim", "losses"},
    "memoization": {"transformers"},
    "acceleration": {"tensor"},
    "benchmarking": {"profiling"},
}
PLAN |= {"capstone": set(PLAN), "core": set(), "tito": set()}

# An engine is asked for by its entry point, so what needs one may declare it and never import it.
ENGINES = {
    name for name, pyproject in PACKAGES.items() if "tinytorch.engine" in pyproject["project"].get("entry-points", {})
}


def siblings(requirements: list[str]) -> set[str]:
    """Return which of our packages `requirements` name."""
    found = (re.match(r"tinytorch-([a-z0-9]+)", requirement) for requirement in requirements)
    return {match[1] for match in found if match}


def declared(name: str) -> set[str]:
    return siblings(PACKAGES[name]["project"].get("dependencies", []))


def declared_extras(name: str, *, but: str = "") -> set[str]:
    extras = PACKAGES[name]["project"].get("optional-dependencies", {})
    return siblings([requirement for extra, lines in extras.items() if extra != but for requirement in lines])


def is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def driven_modules(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a check drives: ``tt.tensor`` is imported when it is asked for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "tt" and node.attr in PLAN:
                yield f"tinytorch.{node.attr}"


def imported_modules(tree: ast.AST, *, typing_only: bool) -> Iterator[str]:
    """Yield the modules a file imports when it runs, or those that only a type checker sees."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, for_types = waiting.pop()
        if isinstance(node, ast.If) and is_type_checking(node.test):
            waiting += [(child, True) for child in node.body] + [(child, for_types) for child in node.orelse]
            continue
        if for_types == typing_only:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                if node.module in {"tinytorch", "tinytorch.course"}:
                    yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += [(child, for_types) for child in ast.iter_child_nodes(node)]


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(folder: Path, *, typing_only: bool = False) -> set[str]:
    """Return which of our packages the files under a folder import; checks also those that they drive."""
    modules: set[str] = set()
    for file in sources(folder):
        tree = ast.parse(file.read_text("utf-8"), str(file))
        modules.update(imported_modules(tree, typing_only=typing_only))
        if "course" in folder.parts:
            modules.update(driven_modules(tree))
    found = (re.match(r"tinytorch\.(?:course\.)?([a-z0-9]+)", module) for module in modules)
    return {match[1] for match in found if match}


def closure(name: str, edges: dict[str, set[str]]) -> set[str]:
    """Return everything `name` needs, itself included."""
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed.add(one)
            waiting += edges[one]
    return needed


def folder(name: str) -> Path:
    return ROOT / "packages" / name


@pytest.mark.parametrize("name", PACKAGES)
def test_the_reference_declares_exactly_the_siblings_it_imports(name: str) -> None:
    needs = imported(folder(name) / "src/tinytorch" / name) - {name}
    optional = declared_extras(name, but="course") - declared(name)
    assert needs <= declared(name) | optional, "imported and not declared"
    assert declared(name) <= needs | ENGINES, "declared and not imported"


@pytest.mark.parametrize("name", PACKAGES)
def test_what_only_the_type_checker_imports_is_declared_or_an_extra(name: str) -> None:
    needs = imported(folder(name) / "src/tinytorch" / name, typing_only=True) - {name}
    assert needs <= declared(name) | declared_extras(name)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_course_half_declares_exactly_the_siblings_it_adds(name: str) -> None:
    needs = imported(folder(name) / "src/tinytorch/course" / name) - {name} - declared(name)
    course = siblings(PACKAGES[name]["project"].get("optional-dependencies", {}).get("course", []))
    assert needs <= course, "imported and not declared"
    assert course <= needs | ENGINES, "declared and not imported"


@pytest.mark.parametrize("name", PACKAGES)
def test_the_tests_group_declares_exactly_the_siblings_that_tests_add(name: str) -> None:
    needs = imported(folder(name) / "tests") - {name} - declared(name)
    group = siblings(PACKAGES[name].get("dependency-groups", {}).get("test", []))
    assert needs <= group, "imported and not declared"
    assert group <= needs | ENGINES, "declared and not imported"


@pytest.mark.parametrize("name", PACKAGES)
def test_siblings_are_imported_by_their_public_names_only(name: str) -> None:
    private = [
        f"{file.relative_to(ROOT)}: {module}"
        for file in sources(folder(name) / "src")
        for typing_only in (False, True)
        for module in imported_modules(ast.parse(file.read_text("utf-8")), typing_only=typing_only)
        if re.match(r"tinytorch\.", module)
        and not re.match(rf"tinytorch\.(course\.)?{name}\b", module)
        and "._" in module
    ]
    assert private == []


def test_a_wrong_declaration_would_be_seen() -> None:
    # The comparison above is only worth something if the scan sees every way of writing an import.
    text = (
        "import tinytorch.tensor\n"
        "from tinytorch.layers import Linear\n"
        "from tinytorch import optim\n"
        "def later():\n    from tinytorch.course.losses import checks\n"
        "if TYPE_CHECKING:\n    import tinytorch.training\n"
    )
    running = set(imported_modules(ast.parse(text), typing_only=False))
    assert running == {
        "tinytorch.tensor",
        "tinytorch.layers",
        "tinytorch",
        "tinytorch.optim",
        "tinytorch.course.losses",
    }
    assert set(imported_modules(ast.parse(text), typing_only=True)) == {"tinytorch.training"}


def test_the_graph_has_no_cycle() -> None:
    edges = {name: declared(name) for name in PACKAGES}
    waiting = dict(edges)
    while waiting:
        free = {name for name, needs in waiting.items() if not needs & set(waiting)}
        assert free, f"these packages need each other: {sorted(waiting)}"
        waiting = {name: needs for name, needs in waiting.items() if name not in free}


@pytest.mark.parametrize("name", sorted(set(PACKAGES) & set(PLAN)))
def test_a_package_needs_what_the_plan_says_and_no_more(name: str) -> None:
    edges = {one: declared(one) for one in PACKAGES}
    assert closure(name, edges) == closure(name, PLAN)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_dependency_is_on_a_package_of_this_repository_with_a_range(name: str) -> None:
    pyproject = PACKAGES[name]
    lines = list(pyproject["project"].get("dependencies", []))
    lines += [line for extra in pyproject["project"].get("optional-dependencies", {}).values() for line in extra]
    for line in lines:
        if line.startswith("tinytorch"):
            assert re.fullmatch(r"tinytorch-[a-z0-9]+(\[[a-z0-9,]+\])?>=\d+\.\d+,<\d+\.\d+", line), line
            assert siblings([line]) <= set(PACKAGES), line


def test_namespaces_have_no_init_file() -> None:
    found = [str(path) for path in ROOT.glob("packages/*/src/tinytorch/__init__.py*")]
    found += [str(path) for path in ROOT.glob("packages/*/src/tinytorch/course/__init__.py*")]
    assert found == []


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_has_its_files_and_its_own_name(name: str) -> None:
    module = folder(name) / "src/tinytorch" / name
    for file in ("README.md", "CHANGELOG.md", "LICENSE"):
        assert (folder(name) / file).is_file(), file
    for file in ("__init__.py", "_version.py", "py.typed"):
        assert (module / file).is_file(), file
    assert PACKAGES[name]["project"]["name"] == f"tinytorch-{name}"
    assert (folder(name) / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    version = re.search(r'"(.+)"', (module / "_version.py").read_text("utf-8"))
    assert version is not None
    assert f"## {version[1]}" in (folder(name) / "CHANGELOG.md").read_text("utf-8")


def test_the_type_checker_is_told_where_every_package_is() -> None:
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    path = {entry.removeprefix("$MYPY_CONFIG_FILE_DIR/") for entry in workspace["tool"]["mypy"]["mypy_path"]}
    assert {f"packages/{name}/src" for name in PACKAGES} <= path
