"""Learning rates that change as training goes on.

A schedule says how to get from this epoch's rate to the next: a recurrence on the group's present rate, so that
schedules chain and a rate changed by hand stays changed, as in torch.
"""

import typing as _typing

from ...core.errors import missing_from as _missing_from
from .base import LRScheduler as LRScheduler
from .base import LRScheduler as _LRScheduler  # the old name, still in use
from .compose import ChainedScheduler as ChainedScheduler
from .compose import SequentialLR as SequentialLR
from .cycle import CosineAnnealingLR as CosineAnnealingLR
from .cycle import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from .cycle import CyclicLR as CyclicLR
from .cycle import OneCycleLR as OneCycleLR
from .decay import ConstantLR as ConstantLR
from .decay import ExponentialLR as ExponentialLR
from .decay import LambdaLR as LambdaLR
from .decay import LinearLR as LinearLR
from .decay import MultiplicativeLR as MultiplicativeLR
from .decay import MultiStepLR as MultiStepLR
from .decay import PolynomialLR as PolynomialLR
from .decay import StepLR as StepLR
from .plateau import ReduceLROnPlateau as ReduceLROnPlateau

if not _typing.TYPE_CHECKING:
    __getattr__ = _missing_from(__name__, globals())
