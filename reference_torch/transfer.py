"""Tensors carried from one engine to the other: copies, with their type and ``requires_grad``, never their graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import minigrad
from minigrad.core.variable import wrap


def to_torch(value: Any, device: str | torch.device = "cpu") -> Any:
    """A minigrad tensor as a torch tensor; dicts (such as a ``state_dict``), lists and tuples item by item.

    >>> to_torch({"weight": minigrad.tensor([1., 2.]), "lr": 0.1})
    {'weight': tensor([1., 2.]), 'lr': 0.1}
    """

    def carry(x: Any) -> Any:
        if isinstance(x, minigrad.Tensor):
            return torch.from_numpy(x.array.copy()).to(device).requires_grad_(_is_leaf_with_gradient(x))
        return getattr(torch, x.name) if isinstance(x, minigrad.dtype) else x

    return _map(carry, value)


def to_minigrad(value: Any) -> Any:
    """A torch tensor, from any device, as a minigrad tensor; dicts, lists and tuples item by item.

    >>> to_minigrad(torch.nn.Linear(2, 1).state_dict()).keys()
    odict_keys(['weight', 'bias'])
    """

    def carry(x: Any) -> Any:
        if isinstance(x, torch.Tensor):
            return wrap(x.detach().cpu().numpy().copy()).requires_grad_(_is_leaf_with_gradient(x))
        return getattr(minigrad, str(x).removeprefix("torch.")) if isinstance(x, torch.dtype) else x

    return _map(carry, value)


def _is_leaf_with_gradient(x: Any) -> bool:
    return bool(x.requires_grad and x.is_leaf)


def _map(carry: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return type(value)((k, _map(carry, v)) for k, v in value.items())
    if type(value) in (list, tuple):
        return type(value)(_map(carry, v) for v in value)
    return carry(value)
