"""Linear algebra under the names of ``torch.linalg``."""

from .core.errors import LinAlgError as LinAlgError
from .ops.einsum import linalg_cross as cross
from .ops.inverse import cholesky as cholesky
from .ops.inverse import det as det
from .ops.inverse import inv as inv
from .ops.inverse import matrix_power as matrix_power
from .ops.inverse import slogdet as slogdet
from .ops.inverse import solve as solve
from .ops.linalg import matmul as matmul
from .ops.norms import linalg_norm as norm
from .ops.norms import matrix_norm as matrix_norm
from .ops.norms import vector_norm as vector_norm
