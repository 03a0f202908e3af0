"""Linear algebra under the names of ``torch.linalg``."""

from .ops.einsum import linalg_cross as cross
from .ops.linalg import matmul as matmul
from .ops.norms import linalg_norm as norm
from .ops.norms import matrix_norm as matrix_norm
from .ops.norms import vector_norm as vector_norm
