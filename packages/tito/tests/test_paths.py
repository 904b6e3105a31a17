"""Three ways through the course: builder, explorer, guided."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinytorch.tito.cli._bridge import bridge_file, where_to_read
from tinytorch.tito.exercises import asked, parse_exercises
from tinytorch.tito.loader import reference_folder


def mark(course: Path, marked: bool) -> None:
    file = course / "tinytorch/course/tokenization/exercises.toml"
    text = file.read_text("utf-8").replace("points = 1\nguided = true\n", "points = 1\n")
    file.write_text(text.replace("points = 1\n", "points = 1\nguided = true\n") if marked else text, "utf-8")


def test_guided_asks_for_the_marked_functions_and_others_for_all(course: Path) -> None:
    mark(course, True)
    try:
        exercises = parse_exercises((course / "tinytorch/course/tokenization/exercises.toml").read_text("utf-8"))
    finally:
        mark(course, False)
    assert [one.name for one in asked(exercises, "guided").functions] == ["count_pairs"]
    assert [one.name for one in asked(exercises, "builder").functions] == ["count_pairs", "merge_pair"]


def test_guided_reads_first_and_writes_less(course: Path, new_learner: Callable[..., Any]) -> None:
    mark(course, True)
    try:
        learner = new_learner("--path", "guided", started=False)
        said = learner.run("start", "tokenization").out
        assert "1 function, about 0.2 hours" in said
        assert "pairs[pair] = pairs.get(pair, 0) + 1" in said  # read
        assert "count_pairs(['a', 'b', 'a', 'b'])" in said  # predict
        assert "(('b', 'a'), 1)" not in said  # no answer before it is asked for
        assert "pairs[pair] = 1" in said  # the fault
        assert "a pair is noted once" not in said
        text = learner.file.read_text("utf-8")
        assert "NotImplementedError(" in text
        assert "merged[-1] += token" in text  # given
        answers = learner.run("show", "--answers").out
        assert "(('b', 'a'), 1)" in answers
        assert "line 14: this is what you get when a pair is noted once" in answers
        words = learner.run("use").out
        assert "tokenization · 0 written, 1 given, 1 borrowed" in words
        learner.write("count_pairs", "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}")
        assert "Module 10 tokenization is done" in learner.run("check", "tokenization").out
    finally:
        mark(course, False)


def test_an_explorer_is_offered_the_modules_of_one_tier(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "explorer", "--tier", "architecture", started=False)
    assert "01 tensor" not in learner.run().out
    assert "01 tensor        the reference" in learner.run("map").out


def test_an_explorer_is_shown_the_bridge_to_the_tier(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "explorer", "--tier", "architecture", started=False)
    assert "an hour on what lies below: tito show foundation" in learner.run().out
    places = learner.run("map").out
    assert places.index("Act II, ") < places.index("tito show foundation") < places.index("10 tokenization")
    page = (Path(__file__).parents[3] / "docs/bridges/foundation.md").read_text("utf-8")
    for word in ("foundation", "bridge"):
        assert learner.run("show", word, "--answers").out == page + "\n"
    assert learner.run("start", "tokenization").code == 0
    assert "tito show foundation" not in learner.run().out  # it opens the tier, and is out of the way later


def test_a_builder_and_an_explorer_of_the_first_tier_cross_no_bridge(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "explorer", "--tier", "foundation", started=False)
    assert "tito show foundation" not in learner.run().out + learner.run("map").out
    text = (learner.folder / "pyproject.toml").read_text("utf-8").replace('"explorer"', '"builder"')
    (learner.folder / "pyproject.toml").write_text(text, "utf-8")
    assert "tito show foundation" not in learner.run().out + learner.run("map").out


def test_a_tier_without_modules_is_refused(learner: Any) -> None:
    outside = replace(learner, folder=learner.folder.parent)
    said = outside.run("init", "other", "--path", "explorer", "--tier", "capstone")
    assert said.code == 3
    assert "The tier capstone has no modules installed here: they are planned and not built yet." in said.err
    assert not (outside.folder / "other").exists()


def test_a_tier_chosen_by_hand_without_modules_is_named(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "explorer", "--tier", "architecture", started=False)
    file = learner.folder / "pyproject.toml"
    file.write_text(file.read_text("utf-8").replace('"architecture"', '"capstone"'), "utf-8")
    for command in ((), ("start",), ("check",)):
        assert "The tier capstone has no modules installed here." in learner.run(*command).err


def test_a_tier_on_a_path_that_has_all_of_them_is_not_passed_over(learner: Any) -> None:
    outside = replace(learner, folder=learner.folder.parent)
    said = outside.run("init", "other", "--tier", "architecture")
    assert said.code == 2
    assert "tito init other --path explorer --tier architecture" in said.err
    assert not (outside.folder / "other").exists()


def test_the_guided_path_asks_for_fewer_functions_of_each_module(exercises_file: Path) -> None:
    exercises = parse_exercises(exercises_file.read_text("utf-8"))
    marked = asked(exercises, "guided").functions
    assert 3 <= len(marked) < len(exercises.functions)


def test_another_path_is_one_line_and_init_says_which(learner: Any) -> None:
    outside = replace(learner, folder=learner.folder.parent)
    same = outside.run("init", "learn")
    other = outside.run("init", "learn", "--path", "guided")
    assert same.code == other.code == 3
    assert same.err.endswith("learn is a workspace already; go there and say: tito\n")
    said = " ".join(other.err.split())
    assert 'learn is a workspace already, on the builder path; write path = "guided" in its pyproject.toml' in said
    tier = outside.run("init", "learn", "--path", "explorer", "--tier", "architecture")
    assert 'write path = "explorer" and tier = "architecture" in its pyproject.toml' in " ".join(tier.err.split())
    file = learner.folder / "pyproject.toml"
    file.write_text(file.read_text("utf-8").replace('path = "builder"', 'path = "guided"'), "utf-8")
    assert learner.run("map", "--json").out.count('"path": "guided"') == 1
    assert "`path` in `pyproject.toml`" in (learner.folder / "README.md").read_text("utf-8")


def test_what_the_guided_path_gave_is_blanked_by_reset_on_another_path(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "guided", started=False)
    assert learner.run("start", "tensor").code == 0
    file = learner.folder / "pyproject.toml"
    file.write_text(file.read_text("utf-8").replace('path = "guided"', 'path = "builder"'), "utf-8")
    assert learner.run("start", "tensor").code == 0
    assert learner.run("reset", "tensor.sum_to").code == 0
    assert "sum_to is not written yet" in learner.run("check", "tensor.sum_to").out


def test_the_files_that_a_bridge_names_can_be_found(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "explorer", "--tier", "architecture", started=False)
    root = Path(__file__).parents[3]
    assert where_to_read(root / "docs/bridges/foundation.md") == f"The files that it names are in {root}."
    page = bridge_file("foundation")  # of this checkout, or of a wheel
    assert page is not None
    assert where_to_read(page) in " ".join(learner.run("show", "foundation").out.split())
    shipped = root / "packages/tito/src/tinytorch/tito/bridges/foundation.md"  # as in a wheel, which has no more
    code = reference_folder("tensor")
    assert code is not None
    said = where_to_read(shipped)
    assert f"packages/NAME/src/tinytorch/NAME is {code.parent / 'NAME'} here" in said
    assert "SEAM.md" in said


def test_a_tier_without_a_bridge_is_not_called_an_unknown_function(learner: Any) -> None:
    for tier in ("architecture", "optimization"):
        said = learner.run("show", tier)
        assert said.code == 3
        assert f"The tier {tier} has no bridge lesson yet; those there are: foundation." in said.err


def test_an_explorer_is_done_with_a_tier_and_not_with_all_that_is_installed(new_learner: Callable[..., Any]) -> None:
    learner = new_learner("--path", "explorer", "--tier", "architecture")
    learner.write("count_pairs", "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}")
    learner.write(
        "merge_pair",
        "out = []\n    for t in tokens:\n"
        "        out[-1:] = ([out[-1] + t] if (out[-1], t) == pair else [out[-1], t]) if out else [t]\n    return out",
    )
    assert learner.run("check", "tokenization").code == 0
    assert learner.run("start", "dataloader").code == 0
    place = learner.folder / "src/tinytorch/dataloader"
    for file in place.glob("*.py"):
        ours = Path(__file__).parents[2] / "dataloader/src/tinytorch/dataloader" / file.name
        file.write_text(ours.read_text("utf-8"), "utf-8")
    assert learner.run("check", "dataloader").code == 0
    assert learner.run().out.startswith("All 2 modules of the tier architecture that are installed here are done.\n")
    assert "Every module of the tier architecture that is installed here is done." in learner.run("check").err
