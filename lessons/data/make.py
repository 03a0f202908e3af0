"""Makes the embedded data files from the tables that scikit-learn ships; run by hand, once.

    pip install scikit-learn
    python lessons/data/make.py

README.md beside this file says where the tables come from, and under which licence.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FEATURES = ["age", "sex", "bmi", "bp", "s1", "s3", "s5", "s6"]  # s2 nearly repeats s1, s4 is s1 / s3


def digits() -> None:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    np.savez_compressed(
        HERE / "digits.npz", images=images.reshape(-1, 8, 8).astype(np.uint8), labels=labels.astype(np.uint8)
    )


def diabetes() -> None:
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    x = table.data[:, [table.feature_names.index(name) for name in FEATURES]]
    low, high = x.min(axis=0), x.max(axis=0)
    x = 2 * (x - low) / (high - low) - 1
    outcome = table.target > np.median(table.target)
    text = io.StringIO()
    np.savetxt(text, np.column_stack([x, outcome]), fmt="%.6g", delimiter=",")
    (HERE / "diabetes.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


if __name__ == "__main__":
    digits()
    diabetes()
