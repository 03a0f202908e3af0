"""Linear algebra under the names of ``torch.linalg``."""

from .core.errors import LinAlgError as LinAlgError
from .ops.linalg.einsum import linalg_cross as _cross
from .ops.linalg.inverses import cholesky as cholesky
from .ops.linalg.inverses import det as det
from .ops.linalg.inverses import inv as inv
from .ops.linalg.inverses import linalg_slogdet as _slogdet
from .ops.linalg.inverses import matrix_power as matrix_power
from .ops.linalg.inverses import solve as solve
from .ops.linalg.products import matmul as matmul
from .ops.reduce.norms import linalg_norm as _norm
from .ops.reduce.norms import matrix_norm as matrix_norm
from .ops.reduce.norms import vector_norm as vector_norm
from .signatures.doors import doors as _doors

norm = _norm  # an import under another name is private to a type checker
cross = _cross
slogdet = _slogdet

globals().update(_doors(globals(), "linalg"))
