"""Each patient shows its symptom, and is told from the reference by a test that a learner could write."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinytorch.tito.clinic import Case, admit, find_case, patient, read_cases
from tinytorch.tito.clinic._verdict import judge

pytestmark = pytest.mark.slow
cases = pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.id)

# What somebody who found the fault would write; each oracle is a number known beforehand.
SOLUTIONS = {
    "1": """
        import math
        import numpy as np
        from tinytorch.losses import CrossEntropyLoss
        from tinytorch.tensor import Tensor
        scores = Tensor(np.array([[0.0, 0.0], [500.0, 500.0]], np.float32))
        loss = CrossEntropyLoss(reduction="none")(scores, Tensor(np.array([0, 1])))
        assert all(abs(one - math.log(2)) < 1e-6 for one in loss.tolist()), loss
    """,
    "2": """
        import numpy as np
        from tinytorch.dataloader import Digits
        images, labels = Digits().__getitems__(np.array([5, 3]))
        assert labels.tolist() == [int(Digits()[5][1]), int(Digits()[3][1])], labels
    """,
    "3": """
        import gc, weakref
        import numpy as np
        from tinytorch.layers import Linear
        from tinytorch.losses import MSELoss
        from tinytorch.optim import SGD
        from tinytorch.tensor import Tensor
        from tinytorch.training import Trainer
        seen = []
        class Watched(Linear):
            def forward(self, x):
                result = super().forward(x)
                seen.append(weakref.ref(result))
                return result
        model = Watched(2, 2)
        x = Tensor(np.ones((2, 2), np.float32))
        trainer = Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss())
        trainer.fit([(x, x)] * 5, 1)
        gc.collect()
        assert len(seen) == 5 and sum(one() is not None for one in seen) <= 1, "outputs are kept"
    """,
    "4": """
        import tempfile
        from pathlib import Path
        import numpy as np
        from tinytorch.dataloader import DataLoader, TensorDataset
        from tinytorch.layers import Linear
        from tinytorch.losses import MSELoss
        from tinytorch.optim import SGD
        from tinytorch.training import Checkpoint, Trainer
        x = np.arange(8, dtype=np.float32).reshape(8, 1)
        def weights(epochs, file):
            model = Linear(1, 1, generator=np.random.default_rng(0))
            loader = DataLoader(TensorDataset(x, x), 2, shuffle=True, generator=np.random.default_rng(1))
            trainer = Trainer(model, SGD(model.parameters(), lr=0.01), MSELoss())
            trainer.fit(loader, epochs, callbacks=[Checkpoint(file, resume=True)] if file else [])
            return np.asarray(model.weight)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "run.safetensors"
            weights(1, file)
            assert np.array_equal(weights(3, file), weights(3, None)), "the resumed run went elsewhere"
    """,
    "5": """
        from tinytorch.layers import Dropout, Sequential
        deep = Dropout(0.5)
        Sequential(Sequential(Sequential(deep))).eval()
        assert not deep.training, "eval did not reach the third level"
    """,
    "6": """
        import numpy as np
        from tinytorch.optim import Adam
        from tinytorch.tensor import Tensor
        x = Tensor(np.array([3.0]), requires_grad=True)
        (x * 7.0).sum().backward()
        Adam([x], lr=0.1).step()
        assert abs(x.item() - 2.9) < 1e-6, x.item()
    """,
    "7": """
        import numpy as np
        from tinytorch.tensor import Tensor
        x = Tensor(np.zeros((4, 5)), requires_grad=True)
        x.mean().backward()
        assert np.allclose(x.grad.data, 1 / 20), x.grad
    """,
    "8": """
        from tinytorch.dataloader import random_split
        one, other = random_split(list(range(10)), [6, 4])
        parts = [{part[i] for i in range(len(part))} for part in (one, other)]
        assert parts[0] | parts[1] == set(range(10)) and not parts[0] & parts[1], parts
    """,
    "9": """
        from types import SimpleNamespace
        from tinytorch.layers import Linear
        from tinytorch.training import EarlyStopping
        watcher, reasons = EarlyStopping("loss", patience=2), []
        trainer = SimpleNamespace(model=Linear(1, 1))
        for epoch, loss in enumerate([3.0, 4.0, 2.0, 4.0, 1.0], 1):
            run = SimpleNamespace(results={"loss": loss}, epoch=epoch, trainer=trainer, stop=reasons.append)
            watcher.on_epoch_end(run)
        assert reasons == [], reasons
    """,
    "10": """
        import numpy as np
        from tinytorch.layers import Dropout
        from tinytorch.tensor import Tensor
        out = Dropout(0.75)(Tensor(np.ones((100, 100), np.float32)))
        assert set(out.data.ravel().tolist()) <= {0.0, 4.0}, "what is kept is four times as large"
    """,
}


def written(case: Case, folder: Path, body: str, fault: str) -> Path:
    """Write a learner's test."""
    lines = [line[4:] for line in body.strip("\n").splitlines()]
    file = folder / f"test_case_{case.id}.py"
    file.write_text(f'FAULT = "{fault}"\n\n\ndef test_it():\n' + "\n".join(lines) + "\n", "utf-8")
    return file


@cases
def test_a_test_that_a_learner_could_write_solves_the_case(case: Case, tmp_path: Path) -> None:
    verdict = judge(case, written(case, tmp_path, SOLUTIONS[case.id], f"{case.module}.{case.fault.function}"))
    assert verdict.solved, verdict.lines


@cases
def test_the_symptom_shows_on_the_patient_and_not_on_the_reference(case: Case, tmp_path: Path) -> None:
    (tmp_path / "well").mkdir()
    assert said(case, patient(case, tmp_path / "ill"), tmp_path) != said(case, tmp_path / "well", tmp_path)


def said(case: Case, place: Path, folder: Path) -> str:
    """Return what the symptom's script prints on a workspace."""
    script = admit(case, folder)[0] / "symptom.py"
    code = (
        f"from tinytorch.tito.child import run_program; from pathlib import Path; "
        f"raise SystemExit(run_program(Path({str(place)!r}), [{str(script)!r}], limits=None)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("number", "story", "shown"),
    [
        ("4", "the weights differ by as much as 0.02.", r"weight: 2\.\d+e-02"),
        ("6", "With Adam the loss hardly moves at first", r"step 1: moved 0\.01.*step 5: moved 0\.04"),
        (
            "9",
            "best value in the fifth, and the sixth was the first bad one after it",
            r"epoch 5: loss 0\.7\n.*best was 0\.7",
        ),
    ],
)
def test_a_story_says_what_the_script_shows(number: str, story: str, shown: str, tmp_path: Path) -> None:
    case = find_case(number)
    assert story in " ".join(case.story.split())
    assert re.search(shown, said(case, patient(case, tmp_path / "ill"), tmp_path), re.DOTALL)


def test_a_test_that_passes_on_the_patient_is_not_enough(tmp_path: Path) -> None:
    case = find_case("5")
    verdict = judge(case, written(case, tmp_path, "        assert True\n", case.fault.function))
    assert not verdict.solved
    assert "passes on the patient as well" in verdict.lines[0]


def test_a_test_that_refuses_the_reference_is_not_enough(tmp_path: Path) -> None:
    case = find_case("5")
    verdict = judge(case, written(case, tmp_path, "        assert 1 + 1 == 3, 'no'\n", case.fault.function))
    assert not verdict.solved
    assert "it refuses what is right" in verdict.lines[0]


def test_the_right_test_with_the_wrong_function_is_not_enough(tmp_path: Path) -> None:
    case = find_case("10")
    verdict = judge(case, written(case, tmp_path, SOLUTIONS["10"], "Linear.forward"))
    assert not verdict.solved
    assert verdict.lines[1] == "The fault does not lie in Linear.forward."


def test_a_test_that_leaves_the_program_is_no_proof(tmp_path: Path) -> None:
    case = find_case("5")
    verdict = judge(case, written(case, tmp_path, "        raise SystemExit(0)\n", case.fault.function))
    assert not verdict.solved
    assert "not a pass" in verdict.lines[0]


def test_there_are_ten_and_none_says_where_it_lies() -> None:
    assert len(read_cases()) == 10
    for case in read_cases():
        assert case.fault.function.rpartition(".")[2] not in case.title + case.story
