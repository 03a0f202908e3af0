"""Derivatives: the reverse sweep, the modes it records in, and the ways to extend and to check it."""

from ..core.backward import backward as backward
from ..core.backward import grad as grad
