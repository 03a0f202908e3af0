"""Derivatives: the reverse sweep, the modes it records in, and the ways to extend and to check it."""

import typing as _typing

from ..core.errors import missing_from as _missing_from
from ..gradients import backward as backward
from ..gradients import grad as grad
from .anomaly_mode import detect_anomaly as detect_anomaly
from .anomaly_mode import set_detect_anomaly as set_detect_anomaly
from .function import Function as Function
from .grad_mode import enable_grad as enable_grad
from .grad_mode import inference_mode as inference_mode
from .grad_mode import no_grad as no_grad
from .grad_mode import set_grad_enabled as set_grad_enabled
from .gradcheck import GradcheckError as GradcheckError
from .gradcheck import gradcheck as gradcheck
from .gradcheck import gradgradcheck as gradgradcheck
from .variable import Variable as Variable

if _typing.TYPE_CHECKING:
    from . import functional as functional
else:
    __getattr__ = _missing_from(__name__, globals(), {"functional": "functional"})


def __dir__() -> list[str]:
    return sorted({*globals(), "functional"})
