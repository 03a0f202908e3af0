"""What ``register_hook`` and its like return."""

from ..core.handle import RemovableHandle as RemovableHandle
