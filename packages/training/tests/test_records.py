"""Records, claims, and the numbers that documents quote from them."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinytorch.training import Bound, Claim, Finding, Record, read_claims, read_records, render, unmarked_numbers

ACCURACIES = [98.12, 98.25, 98.31, 98.04, 98.19]


@pytest.fixture
def record() -> Record:
    record = Record.begin("1986_backprop/mnist", data="mnist", seeds=[0, 1, 2, 3, 4], batch=64)
    record.measure("accuracy", ACCURACIES, "%")
    record.measure("time a seed", 6.25, "s")
    record.curves["loss"] = [0.5, 0.25]
    return record


def test_a_record_comes_back_from_its_file(record: Record, folder: Path) -> None:
    path = record.write(folder)
    assert path == folder / "1986_backprop" / "mnist" / "record.json"
    assert read_records(folder) == {"1986_backprop/mnist": record}


def test_a_record_says_where_its_numbers_come_from(record: Record) -> None:
    plain = record.to_plain()
    json.dumps(plain)
    assert plain["versions"]["numpy"] == np.__version__
    assert plain["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "tinytorch-tensor" in plain["versions"]
    assert plain["machine"]["cores"] >= 1
    assert plain["machine"]["processor"]
    assert plain["blas"]["library"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", plain["began"])
    assert plain["command"] == shlex.join([Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]])


def test_the_commit_is_that_of_the_script_s_checkout_with_a_plus_when_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=T", "-c", "user.email=t@localhost", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    script = tmp_path / "folder" / "run.py"
    script.parent.mkdir()
    script.write_text("1")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert Record.begin("a").commit == ""
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "One")
    head = git("rev-parse", "HEAD")
    assert Record.begin("a").commit == head
    script.write_text("2")
    assert Record.begin("a").commit == f"{head}+"


def test_the_blas_is_asked_for_its_kernel_where_that_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    threadpoolctl = pytest.importorskip("threadpoolctl")
    [pool] = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"][:1]
    assert Record.begin("a").blas["kernel"] == (pool.get("architecture") or "unknown")
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    without = Record.begin("a").blas
    assert "threadpoolctl is not installed" in without["kernel"]
    assert without["variables"]["OPENBLAS_CORETYPE"] == "Haswell"


@pytest.mark.parametrize("name", ["", "../x", "a/../b", "/a", "a b", "a//b"])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        Record.begin(name)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), []])
def test_a_measurement_that_cannot_be_quoted_is_refused(value: Any, record: Record) -> None:
    with pytest.raises(ValueError, match="accuracy is"):
        record.measure("accuracy", value, "%")


def test_a_broken_or_repeated_record_is_named(record: Record, folder: Path) -> None:
    record.write(folder / "a")
    record.write(folder / "b")
    with pytest.raises(ValueError, match="another record called 1986_backprop/mnist"):
        read_records(folder)
    path = folder / "a" / "1986_backprop" / "mnist" / "record.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match=r"a/1986_backprop/mnist/record\.json is no record"):
        read_records(folder / "a")


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("accuracy", 98.19, "%"),
        ("accuracy.median", 98.19, "%"),
        ("accuracy.min", 98.04, "%"),
        ("accuracy.max", 98.31, "%"),
        ("accuracy.mean", sum(ACCURACIES) / 5, "%"),
        ("accuracy.count", 5, ""),
        ("accuracy[0]", 98.12, "%"),
        ("accuracy[-1]", 98.19, "%"),
        ("time a seed", 6.25, "s"),
        ("settings.batch", 64, ""),
        ("machine.cores", None, ""),
    ],
)
def test_numbers_are_looked_up_by_their_keys(key: str, value: Any, unit: str, record: Record) -> None:
    found = record.look_up(key)
    assert found[1] == unit
    assert found[0] == (record.machine["cores"] if value is None else pytest.approx(value))


@pytest.mark.parametrize("key", ["speed", "accuracy.mode", "accuracy[5]", "settings.lr", "settings.batch.x"])
def test_a_key_that_leads_nowhere_is_named(key: str, record: Record) -> None:
    with pytest.raises(KeyError, match=re.escape(key)):
        record.look_up(key)


# Claims

CLAIMS = """
[mnist]
data = "mnist"
seeds = [0, 1, 2, 3, 4]
bounds = [
    { number = "accuracy.min", target = 98.0, direction = "at least", unit = "%" },
    { number = "accuracy", target = 98.2, direction = "at least", tolerance = 0.02, unit = "%" },
    { number = "time a seed", target = 20, direction = "at most", unit = "s" },
    { number = "accuracy.mean", target = 98.0, direction = "near", tolerance = 0.1, unit = "%" },
]
"""


def test_a_claim_is_compared_bound_by_bound(record: Record, folder: Path) -> None:
    (folder / "claim.toml").write_text(CLAIMS)
    claim = read_claims(folder / "claim.toml")["mnist"]
    verdicts = claim.judge(record)
    assert [verdict.holds for verdict in verdicts] == [True, True, True, False]
    assert verdicts[0].text == "accuracy.min is 98.04 %, claimed at least 98 %"
    assert verdicts[1].text == "accuracy is 98.19 %, claimed at least 98.2 within 0.02 %"
    assert record.verdicts == verdicts
    record.write(folder)
    assert read_records(folder)[record.name].verdicts == verdicts


@pytest.mark.parametrize(
    ("direction", "tolerance", "holding"),
    [
        ("at least", 0.0, [5.0, 6.0]),
        ("at least", 1.0, [4.0, 5.0, 6.0]),
        ("at most", 0.0, [3.0, 4.0, 5.0]),
        ("at most", 1.0, [3.0, 4.0, 5.0, 6.0]),
        ("near", 0.0, [5.0]),
        ("near", 1.0, [4.0, 5.0, 6.0]),
    ],
)
def test_directions_and_tolerances_mean_what_they_say(direction: Any, tolerance: float, holding: list[float]) -> None:
    bound = Bound("x", 5.0, direction, tolerance)
    found = []
    for value in (3.0, 4.0, 5.0, 6.0):
        record = Record("r")
        record.measure("x", value)
        if bound.judge(record).holds:
            found.append(value)
    assert found == holding


def test_other_data_other_seeds_and_other_units_hold_nothing(record: Record) -> None:
    bound = Bound("accuracy", 0.98, "at least", unit="1")
    verdicts = Claim("digits", (0, 1), (bound,)).judge(record)
    assert [verdict.holds for verdict in verdicts] == [False, False, False]
    texts = " | ".join(verdict.text for verdict in verdicts)
    assert "data is mnist, claimed digits" in texts
    assert "seeds is [0, 1, 2, 3, 4], claimed [0, 1]" in texts
    assert "accuracy is in % and was claimed in 1" in texts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('direction = "at least"', 'direction = "above"'),
        ("target = 98.0", "goal = 98.0"),
        ('data = "mnist"', 'dataset = "mnist"'),
        ("tolerance = 0.02", "tolerance = -1"),
        ("seeds = [", "seeds = "),
    ],
)
def test_a_misspelt_claim_is_named_with_its_place(change: str, words: str, folder: Path) -> None:
    path = folder / "claim.toml"
    path.write_text(CLAIMS.replace(change, words, 1))
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_claims(path)


# Documents


def test_markers_are_filled_from_records(record: Record) -> None:
    text = (
        "It reaches <!-- record 1986_backprop/mnist accuracy:.1f -->?<!-- /record --> and at worst\n"
        "<!-- record 1986_backprop/mnist accuracy.min:.2f bare -->old\ntext<!-- /record --> in "
        "<!--record 1986_backprop/mnist time a seed:.2f--><!--/record-->, batch "
        "<!-- record 1986_backprop/mnist settings.batch --><!-- /record -->.\n"
    )
    filled = render(text, {record.name: record})
    assert re.sub("<!--.*?-->", "", filled) == "It reaches 98.2 % and at worst\n98.04 in 6.25 s, batch 64.\n"
    assert render(filled, {record.name: record}) == filled


def test_markers_in_code_are_shown_and_not_filled() -> None:
    text = "`<!-- record a b -->1<!-- /record -->`\n```\n<!-- record a b -->\n```\n"
    assert render(text, {}) == text


@pytest.mark.parametrize(
    ("marker", "error", "words"),
    [
        ("<!-- record other accuracy -->1<!-- /record -->", KeyError, "line 2: there is no record 'other'"),
        ("<!-- record 1986_backprop/mnist speed -->1<!-- /record -->", KeyError, "line 2: record .* has no 'speed'"),
        ("<!-- record 1986_backprop/mnist settings.data:.1f -->1<!-- /record -->", ValueError, "line 2: settings.data"),
        ("<!-- record 1986_backprop/mnist accuracy -->1", ValueError, "line 2: a marker is"),
        ("<!-- record accuracy -->1<!-- /record -->", ValueError, "line 2: a marker is"),
    ],
)
def test_a_marker_that_cannot_be_filled_is_named_with_its_line(
    marker: str, error: type[Exception], words: str, record: Record
) -> None:
    with pytest.raises(error, match=words):
        render(f"\n{marker}\n", {record.name: record})


@pytest.mark.parametrize(
    "text",
    [
        "98.2 %", "98.2%", "1,234 bytes", "6 s", "6.5 ms", "35 µs", "35 μs", "2 min", "0.40 GFLOP/s", "413 img/s",
        "1.5 GiB", "12 kB", "2.5x", "32×", "3 hours", "-4 %", "1e-3 s", "10 per cent", "20 ns", "5\u00a0MB",
    ],
)  # fmt: skip
def test_a_number_with_a_unit_is_found(text: str) -> None:
    assert unmarked_numbers(f"first\nIt took {text}, they say.") == [Finding(2, text)]


@pytest.mark.parametrize(
    "text",
    [
        "784-128-64-10", "a 3x3 kernel", "(3, 4)", "Python 3.11", "60,000 images", "in 1986 so", "batch 64", "10 stars",
        "version 1.2.3", "`98.2 %`", "``6 s``", "```sh\ntook 6 s\n```", "~~~\n2.5x\n~~~", "5 seeds", "64 x 64", "1 - 2",
        "<!-- cited -->97 %<!-- /cited -->", "<!-- 97 % -->", "[2 s](a%20b/2s)", "x86s", "2 students",
        "<!-- record a b:.1f -->98.2 %<!-- /record -->",
    ],
)  # fmt: skip
def test_code_markers_citations_and_plain_numbers_are_left_alone(text: str) -> None:
    found = unmarked_numbers(f"It has {text} there.") if "\n" not in text else unmarked_numbers(text)
    assert found == ([Finding(1, "2 s")] if text.startswith("[2 s]") else [])


def test_lines_are_counted_through_what_is_passed_over() -> None:
    text = "```\n1 s\n```\n<!-- a\nb -->\n<!-- record x y -->1\n2 %<!-- /record --> 3 s\n"
    assert unmarked_numbers(text) == [Finding(7, "3 s")]


def test_the_package_s_own_readme_states_no_measurement_by_hand() -> None:
    assert unmarked_numbers((Path(__file__).parents[1] / "README.md").read_text("utf-8")) == []
