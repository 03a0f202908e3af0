"""The layers and losses, a family a file: the files that torch has them in."""

import sys as _sys
import typing as _typing

if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> type:  # nn.modules.Linear: nn has the list
        found = vars(_sys.modules[__package__.rpartition(".")[0]]).get(name)
        if not isinstance(found, type) or not found.__module__.startswith(__package__):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return found
