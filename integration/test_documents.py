"""The documents say what the packages and the records say, and their code runs."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tinytorch.training import unmarked_numbers

ROOT = Path(__file__).resolve().parent.parent


def load_renderer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("render_documents", ROOT / "docs" / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RENDERER = load_renderer()
DOCUMENTS: list[Path] = RENDERER.DOCUMENTS
# The cells of a bridge follow one another, as a lesson's do: integration/lessons runs those.
ALONE = [document for document in DOCUMENTS if document.parent.name != "bridges"]
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_a_document_is_what_rendering_it_again_gives(document: Path) -> None:
    assert RENDERER.rendered(document) == document.read_text("utf-8"), "run python docs/render.py"


@pytest.mark.parametrize("document", ALONE, ids=lambda document: str(document.relative_to(ROOT)))
def test_python_in_a_document_runs(document: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"{document.name}, block {number}", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text("utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_measured_number_comes_from_a_record() -> None:
    # decisions.md gives reasons, with the figures that led to them; they are not claims about what is here today.
    for document in DOCUMENTS:
        if document.name != "decisions.md":
            found = unmarked_numbers(document.read_text("utf-8"))
            assert found == [], f"{document.relative_to(ROOT)}: {found}"


def test_the_package_graph_leaves_out_what_a_longer_path_implies(tmp_path: Path) -> None:
    for name, needs in {"a": [], "b": ["a"], "c": ["a", "b"], "d": []}.items():
        folder = tmp_path / "packages" / name
        folder.mkdir(parents=True)
        lines = ", ".join(f'"tinytorch-{need}>=0.1,<0.2"' for need in needs)
        (folder / "pyproject.toml").write_text(f'[project]\nname = "tinytorch-{name}"\ndependencies = [{lines}]\n')
    graph = RENDERER.package_graph(tmp_path).splitlines()
    assert graph == ["```mermaid", "graph BT", "    b --> a", "    c --> b", "    d", "```"]
