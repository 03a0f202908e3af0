"""What is said, in one line, when the input is at fault."""

from __future__ import annotations


class InputError(Exception):
    """Something the user gave cannot be used: the message names it and gives a hint, on one line.

    ``python -m lessons`` prints the message without a traceback and exits with status 2.
    """
