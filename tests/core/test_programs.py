"""Random programs on both engines: after every line all that can be seen is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.programs import FORMS, Run

LINE = st.tuples(st.sampled_from(FORMS), st.integers(0, 29), st.integers(0, 29), st.integers(0, 7))


@given(st.lists(LINE, min_size=5, max_size=40))
def test_random_programs(lines: list[tuple[tuple[str, str], int, int, int]]) -> None:
    run = Run()
    for form, x, y, quiet in lines:
        different = run.step(run.write(form, x, y, quiet == 7))
        assert not different, "\n".join([*different, "import torch", str(run)])
        if run.over:
            break
