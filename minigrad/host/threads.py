"""How many threads a matrix product may use: a setting of the OpenBLAS library that NumPy brings along.

Source  https://github.com/OpenMathLib/OpenBLAS (``openblas_set_num_threads``; NumPy's wheels add a prefix and a suffix)
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import numpy as np

PREFIX, SUFFIX = "scipy_openblas_", "_num_threads64_"


def _openblas() -> Any:
    """NumPy's own OpenBLAS, None if NumPy uses another library."""
    package = os.path.dirname(np.__file__)
    for folder in (f"{package}.libs", os.path.join(package, ".dylibs")):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if "openblas" in name:
                return ctypes.CDLL(os.path.join(folder, name))
    return None


def set_num_threads(n: int) -> None:
    """Let matrix products use ``n`` threads. Without NumPy's OpenBLAS nothing happens: set OMP_NUM_THREADS before
    Python starts.

    Raises  RuntimeError unless ``n`` is a positive integer.
    """
    if isinstance(n, bool) or not isinstance(n, int):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(n).__name__}")
    if n < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {n}")
    if library := _openblas():
        library[f"{PREFIX}set{SUFFIX}"](n)


def get_num_threads() -> int:
    """How many threads a matrix product may use; the number of cores where that cannot be asked."""
    if library := _openblas():
        return int(library[f"{PREFIX}get{SUFFIX}"]())
    return os.cpu_count() or 1
