"""The engine: what a graph is, how an op is recorded, how the reverse sweep runs. It knows no particular op.

The files here are the reading floor, complete and plain. ``fast/`` replaces some parts for speed, and is proven equal.
"""

from . import fast as fast
