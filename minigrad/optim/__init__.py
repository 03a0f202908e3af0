"""Optimizers and learning-rate schedules.

>>> w = minigrad.tensor([1.], requires_grad=True)
>>> optimizer = minigrad.optim.SGD([w], lr=0.1)
>>> for step in range(3):
...     loss = (w * w).sum()
...     optimizer.zero_grad(); loss.backward(); optimizer.step()
>>> w
tensor([0.5120], requires_grad=True)
"""

import typing as _typing

from ..core.errors import missing_from as _missing_from
from . import lr_scheduler as lr_scheduler
from .adadelta import Adadelta as Adadelta
from .adafactor import Adafactor as Adafactor
from .adagrad import Adagrad as Adagrad
from .adam import Adam as Adam
from .adamax import Adamax as Adamax
from .adamw import AdamW as AdamW
from .asgd import ASGD as ASGD
from .lbfgs import LBFGS as LBFGS
from .muon import Muon as Muon
from .nadam import NAdam as NAdam
from .optimizer import Optimizer as Optimizer
from .radam import RAdam as RAdam
from .rmsprop import RMSprop as RMSprop
from .rprop import Rprop as Rprop
from .sgd import SGD as SGD

# what is called is SGD, and not the file it stands in
del adadelta, adafactor, adagrad, adam, adamax, adamw, arithmetic, asgd, lbfgs, muon, nadam, radam, rmsprop, rprop, sgd  # type: ignore[name-defined]  # noqa: F821

if not _typing.TYPE_CHECKING:
    __getattr__ = _missing_from(__name__, globals())
