"""What load raises: one class, which every program that catches torch's errors catches too."""

from __future__ import annotations

import pickle


class LoadError(RuntimeError, pickle.UnpicklingError):
    """A file cannot be loaded: the message names the file and says what is wrong with it.

    torch raises a RuntimeError for a broken archive and an UnpicklingError for a pickle that it refuses.
    """


class EmptyError(EOFError, LoadError):
    """There is nothing to load, or nothing more: an EOFError in torch, which may end a loop over a stream."""


def shown(text: object) -> str:
    """Something out of a file, fit for a message: short, printable, on one line."""
    line = str(text) if str(text).isprintable() else ascii(text)
    return line if len(line) <= 100 else line[:97] + "..."
