"""Names as learners write them: of a function of any module that is begun, of none, of what is only planned."""

import json
from typing import Any

import pytest

from tinytorch.tito.cli._proof import registries
from tinytorch.tito.workspace import PROOFS, did_you_mean

COUNT = "return {p: [*zip(tokens, tokens[1:])].count(p) for p in zip(tokens, tokens[1:])}"
MERGE = (
    "out = []\n    for t in tokens:\n"
    "        out[-1:] = ([out[-1] + t] if (out[-1], t) == pair else [out[-1], t]) if out else [t]\n    return out"
)


def finish(learner: Any) -> None:
    """Write both functions and pass; the module at hand is then one that is not begun."""
    learner.write("count_pairs", COUNT)
    learner.write("merge_pair", MERGE)
    assert learner.run("check", "tokenization").code == 0


def test_after_a_module_its_functions_still_have_their_bare_names(learner: Any) -> None:
    finish(learner)
    assert "tito start" in learner.run().out
    said = learner.run("solution", "merge_pair")
    assert (said.code, "ours · _merge.py" in said.out) == (0, True)
    assert "ok merge_pair  1/1" in learner.run("check", "merge_pair").out
    assert learner.run("show", "merge_pair").out.startswith("tokenization.merge_pair · passed")
    assert "merge_pair · hint 1 of 3" in learner.run("hint", "merge_pair").out
    assert "tokenization.merge_pair is blank again" in learner.run("reset", "merge_pair").out


def test_a_name_that_means_nothing_is_wrong_use_whatever_is_begun(learner: Any) -> None:
    finish(learner)
    said = learner.run("check", "--json", "nope")
    document = json.loads(said.out)
    assert (said.code, document["exit"], document["errors"][0]["id"]) == (2, 2, "unknown-name")
    assert document["errors"][0]["message"] == "There is no module and no function nope."
    said = learner.run("solution", "relu_op")
    assert (said.code, "relu_op is a function of 02 activations, which is not begun." in said.err) == (3, True)


def test_a_whole_name_counts_before_the_beginning_of_one_in_the_module_at_hand(learner: Any) -> None:
    assert learner.run("start", "activations").code == 0
    text = learner.file.read_text("utf-8")
    learner.file.write_text(text + "\n\ndef relu_op_of_mine() -> int:\n    return 1\n", "utf-8")
    assert learner.run("start", "tokenization").code == 0
    assert learner.run("show", "relu_op").out.startswith("activations.relu_op")
    assert learner.run("show", "relu_op_of").out.startswith("tokenization.relu_op_of_mine")


def test_a_name_that_is_far_from_all_is_no_guess() -> None:
    assert did_you_mean("nope", ["sin_op"]) == ""


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        ("milestone", "1987", "There is no milestone 1987. Did you mean 1986?"),
        ("milestone", "1905", "There is no milestone 1905."),
        ("milestone", "2017", "Milestone 2017 is in the plan and not built yet."),
        ("checkpoint", "17", "There is no checkpoint 17."),
        ("checkpoint", "8", "Checkpoint 8 is in the plan and not built yet."),
        ("checkpoint", "08", "Checkpoint 8 is in the plan and not built yet."),
    ],
)
def test_of_a_number_the_nearest_is_guessed_and_a_planned_one_is_said_to_be(
    learner: Any, kind: str, wrong: str, said: str
) -> None:
    answer = learner.run(kind, wrong)
    assert answer.err == f"error: {said}\n  Next: tito {kind}\n"
    assert answer.code == (3 if "plan" in said else 2)


def test_the_plan_has_every_checkpoint_and_milestone_that_is_built() -> None:
    for kind, every in registries().items():
        assert {one.id for one in every} <= set(PROOFS[kind])
