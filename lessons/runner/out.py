"""The folder that a command writes into."""

from __future__ import annotations

from pathlib import Path

from lessons.runner.errors import InputError


def folder_for(path: str, name: str, option: str = "--out") -> Path:
    """The folder, made if it is not there; the file ``name`` in it can be written.

    Raises  InputError before anything is computed in vain.
    """
    try:
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        there = (folder / name).exists()
        (folder / name).touch()
        if not there:
            (folder / name).unlink()
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}: choose another folder by {option}") from None
    return folder
