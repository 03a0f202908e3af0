"""The signature that ``help`` and ``inspect.signature`` show: the function's own, in torch's names at this place.

One function often serves several places: ``swapaxes`` is ``transpose``, and ``F.softmax`` has one argument more than
``torch.softmax``. The table knows which arguments each place has, and what they are called there.
"""

from __future__ import annotations

import ast
import inspect
import keyword
from collections.abc import Sequence
from inspect import Parameter as Shown
from typing import Any

from .kinds import Parameter, Signature

REST = (Shown.VAR_POSITIONAL, Shown.VAR_KEYWORD)
Uses = list[tuple[Signature, Parameter]]


def shown(own: inspect.Signature, ways: Sequence[Signature]) -> inspect.Signature:
    """The function's own signature as the ways to call it have it.

    A parameter keeps its name where one of the ways knows it. Else it takes the name that the first of them has at its
    place and the function has not; where there is none, it is not shown.
    """
    ways = [way for way in ways if not way.old]
    uses: dict[str, Uses] = {}
    for way in ways:
        for p in way.parameters:
            uses.setdefault(p.name, []).append((way, p))
    found: dict[str, Shown] = {}
    for i, mine in enumerate(own.parameters.values()):
        for name in [mine.name] if mine.name in uses else names_at(i, mine, own, ways):
            if name not in found:
                needed = is_needed(uses[name], len(ways))
                found[name] = parameter(name, own.parameters.get(name, mine), uses[name], needed)
    return own.replace(parameters=in_order(list(found.values())), return_annotation=seen(own.return_annotation))


def seen(annotation: Any) -> Any:
    """An annotation as the user has it: what is an array to the NumPy function of an op is a tensor outside."""
    return "Tensor" if annotation == "Array" else annotation


def names_at(i: int, mine: Shown, own: inspect.Signature, ways: Sequence[Signature]) -> list[str]:
    """What the place of a parameter is called; what takes any number of arguments has the names of all from there."""
    several = [way for way in ways if mine.kind in REST and any([p.several for p in way.parameters[i : i + 1]])]
    for way in several or ways:
        names = [p.name for p in way.parameters[i:]]
        if mine.kind in REST and not several:
            return names
        if names and names[0] not in own.parameters:
            return names[:1]
    return []


def is_needed(uses: Uses, ways: int) -> bool:
    """Whether all ways need a parameter, and at the same place."""
    places = {way.parameters.index(p) for way, p in uses}
    return len(uses) == ways and len(places) == 1 and all([p.required for _, p in uses])


def parameter(name: str, mine: Shown, uses: Uses, needed: bool) -> Shown:
    """A parameter under its name; it is given by name alone where all ways have it so."""
    way, first = uses[0]
    if first.several and (mine.kind is Shown.VAR_POSITIONAL or way.python):
        return Shown(name, Shown.VAR_POSITIONAL, annotation=mine.annotation)
    default = Shown.empty if needed else mine.default
    if default is Shown.empty and first.default:
        default = ast.literal_eval(first.default.replace("{", "(").replace("}", ")"))
    annotation = seen(mine.annotation)
    if mine.kind in REST:  # *shape: int is one sequence where the way has it so
        annotation = "Sequence[int]" if first.list and first.item == "int" else Shown.empty
    if keyword.iskeyword(name) or name.startswith("/"):
        return Shown(mine.name, Shown.POSITIONAL_ONLY, default=default, annotation=annotation)
    by_name = all([way.parameters.index(p) >= way.positional for way, p in uses])
    kind = Shown.KEYWORD_ONLY if by_name else Shown.POSITIONAL_OR_KEYWORD
    return Shown(name, kind, default=default, annotation=annotation)


def in_order(parameters: list[Shown]) -> list[Shown]:
    """Before one that has no name none has, and after any number of arguments all are given by name."""
    kinds = [p.kind for p in parameters]
    for k, kind in enumerate(kinds):
        if kind is Shown.POSITIONAL_ONLY:
            kinds[:k] = [kind] * k
        elif kind is Shown.POSITIONAL_OR_KEYWORD and Shown.VAR_POSITIONAL in kinds[:k]:
            kinds[k] = Shown.KEYWORD_ONLY
    return sorted([p.replace(kind=kind) for p, kind in zip(parameters, kinds, strict=True)], key=lambda p: p.kind)
