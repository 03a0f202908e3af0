"""Helpers around training: ``utils.data`` feeds it."""

from . import data as data
from . import hooks as hooks
