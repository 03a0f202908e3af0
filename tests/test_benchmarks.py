"""The benchmarks run, and what they time computes the same on both engines. No time is asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def test_engines_agree_on_every_workload() -> None:
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--smoke"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("gradients") == 17, run.stdout
