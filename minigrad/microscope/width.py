"""Text of a terminal: a Chinese letter is two columns wide."""

from __future__ import annotations

from unicodedata import east_asian_width

SECOND = "\0"  # stands for the second column of a wide letter


def spread(text: str) -> str:
    """The text with as many characters as it has columns: then it can be cut, padded and wrapped."""
    return text if text.isascii() else "".join(c + SECOND * (east_asian_width(c) in "WF") for c in text)


def joined(text: str) -> str:
    """The reverse of ``spread``."""
    return text.replace(SECOND, "")
