"""The tape made small for its page: what is said again and again is said once, what can be computed is left out.

A page of 5,000 ops would else be 11 MB. ``unpack`` in assets/tape.js does the reverse.
"""

from __future__ import annotations

import json
from typing import Any

LONG = 40  # letters: longer texts are said once
REPEATED = ("positions", "explain")  # parts of a node that ops of a kind have in common
STATISTICS = ("min", "max", "mean", "std", "norm", "nan", "inf", "corner")  # the page computes them


def compact(tape: dict[str, Any]) -> str:
    """The tape (as ``to_dict`` gives it) as JSON with a list ``shared``; {"$": 3} stands for the third in it."""
    shared: list[Any] = []
    places: dict[str, int] = {}

    def once(value: Any) -> dict[str, int]:
        key = json.dumps(value, allow_nan=False)
        if key not in places:
            places[key] = len(shared)
            shared.append(value)
        return {"$": places[key]}

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            if "dtype" in value and "values" in value:
                return once(_few(value))
            found = {name: once(part) if name in REPEATED else walk(part) for name, part in value.items()}
            return once(found) if "file" in value and "number" in value else _without_the_usual(found)
        if isinstance(value, (list, tuple)):
            return [walk(part) for part in value]
        return once(value) if isinstance(value, str) and LONG < len(value) < 5000 else _rounded(value)

    packed = walk(tape)
    return json.dumps({"shared": shared, "tape": packed}, allow_nan=False, separators=(",", ":"))


def _few(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary without what follows from its numbers."""
    return {k: v for k, v in summary.items() if summary["values"] is None or k not in STATISTICS}


def _without_the_usual(found: dict[str, Any]) -> dict[str, Any]:
    """A node without what most nodes have, a contribution without the sum that it is all of."""
    if "sum" in found and "to" in found:
        usual = {"sum": found["after"], "after": found["before"]}
    else:
        usual = {"parity": None, "module": "", "inBackward": False} if "arguments" in found else {}
    return {name: part for name, part in found.items() if name not in usual or part != usual[name]}


def _rounded(value: Any) -> Any:
    return float(f"{value:.7g}") if isinstance(value, float) else value
