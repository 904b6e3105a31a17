"""Make digits.npz from the text of the UCI test set.

    python make_digits.py optdigits.tes

`optdigits.tes` comes from https://doi.org/10.24432/C50P49; scikit-learn packages the same text as
`sklearn/datasets/data/digits.csv.gz`. A line is 64 counts from 0 to 16, row by row, and the digit.
"""

import sys
from pathlib import Path

import numpy as np

table = np.loadtxt(sys.argv[1], delimiter=",").astype(np.uint8)
if table.shape != (1797, 65):
    sys.exit(f"{sys.argv[1]}: {table.shape} numbers, expected 1,797 lines of 65")
np.savez_compressed(
    Path(__file__).parent / "src/tinytorch/dataloader/digits.npz",
    counts=table[:, :64].reshape(-1, 8, 8),
    labels=table[:, 64],
)
