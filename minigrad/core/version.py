"""When memory was last written: so a value that was saved for backward is known to be still good.

One clock counts everything that happens, the making of a node and the writing of memory. A value saved at time t is
good if and only if its memory was last written at or before t. Tensors that look at one memory share its ``Version``.
"""

from __future__ import annotations

import itertools

tick = itertools.count(1).__next__


class Version:
    """The record of writes to a piece of memory."""

    count = 0  # writes so far: torch's ``_version``
    clock = 0  # time of the last write
    where = ""  # op and line of the last write, for the error message

    def written(self, by: str = "") -> None:
        """Note that the memory has just been written, by an op or outside any graph."""
        self.count += 1
        self.clock = tick()
        self.where = by


INFERENCE = Version()
"""The record of every tensor made in inference mode: nobody keeps one, so no graph may save them."""
