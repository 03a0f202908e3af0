"""How tests read the numbers of the page: with all the digits that it has, not with the four that it shows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def numbers(element: Any) -> Any:
    """What a box of numbers on the page holds, as an array."""
    return np.array(all_numbers(element)[0])


def all_numbers(element: Any) -> list[Any]:
    """The numbers of every box inside, as nested lists."""
    boxes = element.locator("[data-values]").all()
    return [json.loads(box.get_attribute("data-values")) for box in boxes]
