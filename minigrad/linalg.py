"""Linear algebra under the names of ``torch.linalg``."""

from .ops.norms import linalg_norm as norm
from .ops.norms import matrix_norm as matrix_norm
from .ops.norms import vector_norm as vector_norm
