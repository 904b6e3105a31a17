"""Each milestone's script runs from beginning to end, on real data where there is some.

`--short` is one seed and a few epochs: enough to go through every line, too little for the claim. The claims themselves
are checked against the records of full runs.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = {script.parent.name: script for script in sorted(ROOT.glob("milestones/*/run.py"))}


def run(script: Path, *arguments: str | Path) -> str:
    """Run a milestone's script with warnings as errors and return what it printed."""
    command = [sys.executable, "-W", "error", str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_three_milestones_of_the_foundation_are_there() -> None:
    assert {"1958_perceptron", "1969_xor", "1986_backprop"} <= set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_milestone_prints_what_it_measured_and_records_it(name: str, tmp_path: Path) -> None:
    script = SCRIPTS[name]
    real = "TINYTORCH_DATA" in os.environ and "mnist" in run(script, "--help")
    printed = run(script, "--short", "--output", tmp_path, *(["--data", "mnist"] if real else []))
    assert printed.strip()
    records = [json.loads(path.read_text("utf-8")) for path in sorted(tmp_path.rglob("*.json"))]
    assert records, f"{script.relative_to(ROOT)} wrote no record into {tmp_path}"
    assert all("command" in record for record in records)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_milestone_is_short_enough_to_read(name: str) -> None:
    assert len(SCRIPTS[name].read_text("utf-8").splitlines()) <= 150


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_milestone_that_is_stopped_by_ctrl_c_carries_on_to_the_same_curve(tmp_path: Path) -> None:
    script, options = SCRIPTS["1986_backprop"], ["--seeds", "3", "4", "--epochs", "100", "--output"]

    def curves(folder: Path) -> dict[str, list[float]]:
        [record] = folder.rglob("record.json")
        found: dict[str, list[float]] = json.loads(record.read_text("utf-8"))["curves"]
        return found

    run(script, *options, tmp_path / "whole")
    for seeds_done, epoch in ((0, 9), (1, 30)):  # once in each seed
        command = [sys.executable, "-W", "error", "-u", str(script), *options, str(tmp_path / "stopped")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if re.match(rf"epoch +{epoch}/", line) and printed.count(" % of the test images") == seeds_done:
                process.send_signal(signal.SIGINT)
                break
        assert ("carrying on from" in printed) == bool(seeds_done)
        printed = process.communicate()[0]
        assert process.returncode == 130, printed
        assert printed.endswith("Stopped by Ctrl-C; the same command carries on from what was saved.\n")
        assert "Traceback" not in printed
        assert not list((tmp_path / "stopped").rglob("record.json"))
    assert "seed 3: " in run(script, *options, tmp_path / "stopped")
    assert curves(tmp_path / "stopped") == curves(tmp_path / "whole")
    assert not list(tmp_path.rglob("*.safetensors"))  # the next run begins anew


@pytest.mark.skipif("TINYTORCH_DATA" not in os.environ, reason="TINYTORCH_DATA names no folder of real data")
def test_the_five_lines_learn_mnist_in_one_epoch_with_every_seed() -> None:
    script = ROOT / "integration" / "milestones" / "five_lines.py"
    text = script.read_text("utf-8")
    assert (
        "    for batch in dataloader:\n"
        "        output = model(batch.x)\n"
        "        loss = CrossEntropyLoss()(output, batch.y)\n"
        "        loss.backward()\n"
        "        optimizer.step()\n"
    ) in text
    assert "tinytorch.autograd" not in text
    found = [float(line.split()[2]) for line in run(script).splitlines()]
    assert len(found) == 5
    assert min(found) >= 95.0, found
