"""Layers, losses and how weights start."""

import typing as _typing

from ..core.errors import missing_from as _missing_from
from . import functional as functional
from . import init as init
from .container import ModuleDict as ModuleDict
from .container import ModuleList as ModuleList
from .container import Sequential as Sequential
from .dropout import AlphaDropout as AlphaDropout
from .dropout import Dropout as Dropout
from .dropout import Dropout1d as Dropout1d
from .dropout import Dropout2d as Dropout2d
from .dropout import Dropout3d as Dropout3d
from .linear import Bilinear as Bilinear
from .linear import Flatten as Flatten
from .linear import Identity as Identity
from .linear import Linear as Linear
from .linear import Unflatten as Unflatten
from .module import Module as Module
from .parameter import Parameter as Parameter

if not _typing.TYPE_CHECKING:
    __getattr__ = _missing_from(__name__, globals())
