"""What the user gave, looked at before anything is computed in vain: what is at fault is said on one line."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Something the user gave cannot be used: the message names it and gives a hint, on one line.

    ``python -m lessons`` prints the message without a traceback and exits with status 2.
    """


def check_folder(folder: Path) -> None:
    """Raises  InputError if there is no such folder."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder: --data takes 'embedded', 'download' or a folder of data files")


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
