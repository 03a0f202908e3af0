"""The public names that a type checker is asked about, and those of them whose types may say Any."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch as reference

import minigrad

PLACES = {
    "torch": "", "nn": "nn", "F": "nn.functional", "nn.init": "nn.init", "torch.linalg": "linalg", "optim": "optim",
    "torch.optim.lr_scheduler": "optim.lr_scheduler", "torch.autograd": "autograd", "data": "utils.data",
    "torch.func": "func",
}  # fmt: skip
HEAD = """\
import minigrad as torch
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.utils import data

x = torch.ones(2)
"""

LOOSE = {
    "any object": """
        torch.tensor torch.as_tensor torch.asarray torch.scalar_tensor torch.frombuffer torch.from_dlpack torch.typename
        torch.Tensor torch.Size torch.FloatTensor torch.HalfTensor torch.DoubleTensor torch.ByteTensor
        torch.CharTensor torch.ShortTensor torch.IntTensor torch.LongTensor torch.BoolTensor x.new x.new_tensor x.tolist
        torch.set_default_tensor_type x.type torch.load torch.save nn.ParameterList torch.autograd.Variable torch.dtype
        nn.ParameterDict torch.autocast data.default_collate data.default_convert data.StackDataset data.DataLoader
    """,
    "as torch: Module hands its arguments on if it is told to, and these take what Module takes": """
        nn.Module nn.Identity nn.Sigmoid nn.Tanh nn.LogSigmoid nn.Softsign nn.Softmax2d nn.Tanhshrink
    """,
    "a user's function, of anything": """
        x.apply_ x.map_ x.map2_ torch.no_grad torch.enable_grad torch.compile torch.vmap torch.autograd.no_grad
        torch.autograd.enable_grad torch.autograd.gradcheck torch.autograd.gradgradcheck torch.func.vmap torch.func.grad
        torch.func.grad_and_value torch.func.vjp torch.func.jvp torch.func.jacrev torch.func.jacfwd torch.func.hessian
        torch.func.functional_call
    """,
    "two lists of arguments, for packed sequences and for others": "torch.gru torch.lstm torch.rnn_relu torch.rnn_tanh",
}


def spellings() -> Iterator[str]:
    """``torch.add``, ``x.add``, ``nn.Linear``: what a program writes, wherever torch has it too."""
    for written, place in PLACES.items():
        ours, theirs = (importlib.import_module(f"{engine}.{place}".rstrip(".")) for engine in ("minigrad", "torch"))
        for name in dir(ours):
            if is_ours(getattr(ours, name), name) and hasattr(theirs, name) and (name != "Tensor" or not place):
                yield f"{written}.{name}"
    for name in dir(minigrad.Tensor):
        if name[0] != "_" and hasattr(reference.Tensor, name):
            yield f"x.{name}"


def is_ours(found: Any, name: str) -> bool:
    """Whether a name stands for something of minigrad's, or for a value."""
    module = str(getattr(found, "__module__", "minigrad"))
    return name[0] != "_" and not isinstance(found, ModuleType) and module.startswith("minigrad")


ASKED = list(spellings())


def write(path: Path) -> None:
    """A program that asks for the type of every name, one a line."""
    path.write_text(HEAD + "".join([f"reveal_type({name})\n" for name in ASKED]), encoding="utf-8")


def loose(answers: dict[int, str]) -> set[str]:
    """The names whose type, by line, leaves something open; a dict may have values of any kind, a Dataset items."""
    first = HEAD.count("\n") + 1
    inside = r"\b(ndarray|dtype|slice|dict|list|tuple|OrderedDict)\[[^\[\]]*\bAny\b[^\[\]]*\]|\[Unknown\]"
    return {
        ASKED[line - first]
        for line, text in answers.items()
        if re.search(r"\b(Any|Unknown)\b", re.sub(inside, "", text))
    }
