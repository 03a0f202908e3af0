"""Optimizers and learning-rate schedules."""

import typing as _typing

from ..core.errors import missing_from as _missing_from
from . import lr_scheduler
from .adam import Adam, AdamW
from .optimizer import Optimizer
from .sgd import SGD

if not _typing.TYPE_CHECKING:
    __getattr__ = _missing_from(__name__, globals())
