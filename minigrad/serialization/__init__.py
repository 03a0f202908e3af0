"""save and load: torch's own files, written and read without torch."""

from .errors import EmptyError as EmptyError
from .errors import LoadError as LoadError
from .reading import add_safe_globals as add_safe_globals
from .reading import clear_safe_globals as clear_safe_globals
from .reading import get_safe_globals as get_safe_globals
from .reading import load as load
from .reading import safe_globals as safe_globals
from .writing import save as save
