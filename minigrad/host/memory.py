"""Keeping freed memory: the arrays of a training step reuse the memory of the step before.

glibc gives an array of more than 128 KB back to the operating system as soon as it is freed, and asks for it again
in the next step. Then every page (4 KB) is fetched anew and cleared on its first write: for a million float32 that
costs several times what the arithmetic costs. So we ask glibc to keep what it has. The peak of memory stays what it
was; only the way back to the operating system gets longer.
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of the settings in malloc.h
KEPT = 2**30  # bytes of free memory at the end of the heap that are kept
LARGEST = 2**25  # bytes: the largest array that lies on the heap, the most that glibc allows


def keep_freed_memory() -> bool:
    """Ask the C library to keep freed arrays for the next ones.

    Returns  False where there is no glibc (macOS, Windows, musl): nothing is changed there
    Source   https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(MMAP_THRESHOLD, LARGEST) and mallopt(TRIM_THRESHOLD, KEPT))
