"""The ops that the engine itself performs. It knows what they do for it; ``minigrad/ops`` says which they are.

cast        an operand to the common dtype of all, a gradient to the dtype of its leaf
sum_to      a gradient to the shape of an operand that was broadcast: it is added up along the repeated axes
clone       a gradient with a graph to memory of its own
overwrite   (base, part, path): the base after part was written to the view of it that path leads to
only        (view, mask): the same view, with a gradient where the mask is True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Roles:
    """Each is called as the op is, on arrays or on Variables."""

    cast: Callable[[Any, Any], Any]
    sum_to: Callable[[Any, Any], Any]
    clone: Callable[[Any], Any]
    overwrite: Callable[[Any, Any, Any], Any]
    only: Callable[[Any, Any], Any]


roles = Roles()
