"""Helpers around training: ``utils.data`` feeds it."""

from . import data as data
