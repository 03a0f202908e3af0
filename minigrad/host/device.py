"""Devices and memory formats. The device is always the CPU; others are named only to be refused."""

from __future__ import annotations

from typing import Any

from ..core.public import public

_KNOWN = ("cpu", "cuda", "mps", "meta", "xpu")


@public("minigrad")
class device:
    """A place for tensors, such as ``device("cpu")`` or ``device("cuda", 0)``.

    >>> minigrad.device("cuda:1")
    device(type='cuda', index=1)
    """

    __slots__ = ("index", "type")

    def __init__(self, type: str | int | device, index: int | None = None) -> None:
        name, colon, number = str(type).partition(":")
        if not str(type):
            raise RuntimeError("Device string must not be empty")
        if not name or (colon and not (number.isdecimal() and number == str(int(number)))):
            raise RuntimeError(f"Invalid device string: '{type}'; after the colon stands a number, as in 'cuda:0'")
        if name not in _KNOWN:
            raise RuntimeError(f"Expected one of {', '.join(_KNOWN)} device type at start of device string: {type}")
        self.type = name
        self.index = int(number) if number else index

    def __enter__(self) -> device:
        """New tensors go here until the ``with`` block ends, as they always do.

        Raises  RuntimeError for every device but the CPU.
        """
        check_device(self)
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __reduce__(self) -> Any:
        return device, (str(self),)


CPU = device("cpu")


def check_device(place: Any) -> None:
    """Refuse every device but the CPU.

    Raises  RuntimeError
    """
    if place is None or place == "cpu" or place is CPU:
        return
    wanted = place if isinstance(place, device) else device(place)
    if wanted.type != "cpu":
        raise RuntimeError(
            f"device '{wanted}' is not available: minigrad computes with NumPy, on the CPU only. "
            'Choose the device by torch.device("cuda" if torch.cuda.is_available() else "cpu")'
        )


class _Named:
    """A constant of this file that is printed, copied and pickled by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


@public("minigrad")
class memory_format(_Named):
    """In which order the elements of a tensor lie: that of its dimensions, with the channels last, or its source's."""


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")


@public("minigrad")
class layout(_Named):
    """How the elements of a tensor are stored; here always ``strided``: a block of memory and a step per dimension."""


strided = layout("strided")
