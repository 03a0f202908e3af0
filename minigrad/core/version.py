"""Version counters: when memory was last written, so that backward can tell whether a saved value is still valid.

One sequence counter numbers every making of a node and every write to memory. A value saved at time t is valid
if and only if its memory was last written at or before t. Tensors on the same memory share its ``Version``.
"""

from __future__ import annotations

import itertools

next_seq = itertools.count(1).__next__


class Version:
    """The version counter of a piece of memory."""

    count = 0  # writes so far: torch's ``_version``
    written_at = 0  # time of the last write
    where = ""  # op and line of the last write, for the error message

    def written(self, by: str = "") -> None:
        """Bump the counter: the memory has just been written, by an op or outside any graph."""
        self.count += 1
        self.written_at = next_seq()
        self.where = by


INFERENCE = Version()
"""The version counter of all tensors made in inference mode, which no graph may save: one for all of them."""
