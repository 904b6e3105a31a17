"""The training loop and what surrounds it: metrics, callbacks, checkpoints, records, figures, diagnosis.

`Trainer` is the loop. `Callback` takes part in it: `Checkpoint`, `EarlyStopping`, `Schedule` and others. `save_state`
and
`load_state` keep nested state in one safe file. `Record` keeps what was measured, `render` quotes it. `figures` draws.
"""

from tinytorch.training import figures
from tinytorch.training._atomic import CheckpointError, write_atomically
from tinytorch.training._callback import Callback, Run
from tinytorch.training._checkpoint import Checkpoint, Remember, SaveBest
from tinytorch.training._claim import Bound, Claim, read_claims
from tinytorch.training._documents import Finding, render, unmarked_numbers
from tinytorch.training._gradients import ClipGradients
from tinytorch.training._history import History
from tinytorch.training._interrupt import Interrupted
from tinytorch.training._memory import MemoryModel, largest_batch, measure_memory
from tinytorch.training._metrics import Metric, RunningMean, TopKAccuracy, accuracy, confusion_matrix
from tinytorch.training._nonfinite import NonFiniteError
from tinytorch.training._observe import Observation, StepReport, observe
from tinytorch.training._overfit import OverfitReport, overfit_one_batch
from tinytorch.training._progress import Progress
from tinytorch.training._record import Measurement, Record, Verdict, read_records
from tinytorch.training._safetensors import read_safetensors, write_safetensors
from tinytorch.training._snapshot import Snapshot, Stateful
from tinytorch.training._state import load_state, load_weights, save_state, save_weights
from tinytorch.training._stopping import EarlyStopping, Schedule, Scheduler
from tinytorch.training._terminal import draw_curve, sparkline
from tinytorch.training._trainer import Trainer
from tinytorch.training._version import __version__

__all__ = [
    "Bound",
    "Callback",
    "Checkpoint",
    "CheckpointError",
    "Claim",
    "ClipGradients",
    "EarlyStopping",
    "Finding",
    "History",
    "Interrupted",
    "Measurement",
    "MemoryModel",
    "Metric",
    "NonFiniteError",
    "Observation",
    "OverfitReport",
    "Progress",
    "Record",
    "Remember",
    "Run",
    "RunningMean",
    "SaveBest",
    "Schedule",
    "Scheduler",
    "Snapshot",
    "Stateful",
    "StepReport",
    "TopKAccuracy",
    "Trainer",
    "Verdict",
    "__version__",
    "accuracy",
    "confusion_matrix",
    "draw_curve",
    "figures",
    "largest_batch",
    "load_state",
    "load_weights",
    "measure_memory",
    "observe",
    "overfit_one_batch",
    "read_claims",
    "read_records",
    "read_safetensors",
    "render",
    "save_state",
    "save_weights",
    "sparkline",
    "unmarked_numbers",
    "write_atomically",
    "write_safetensors",
]
