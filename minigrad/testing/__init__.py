"""Tools for testing programs and ops. ``minigrad.testing.strategies`` (not imported here) needs hypothesis."""

from .assertions import assert_close as assert_close
from .checking import check as check
from .report import CheckError as CheckError
