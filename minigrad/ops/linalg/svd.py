"""Singular values: A = U S V^T, where the columns of U and of V are orthonormal and S is diagonal, largest first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ..elementwise.transcendental import zeros_like
from ..shape.diagonals import diag_embed
from ..shape.views import mT, unsqueeze


@op(many=True)
def svd(x: Array) -> Any:
    """(U, S, V^T), U and V with no more columns than there are singular values. A column of both may change its sign:
    here 1 u_1 + 2 u_2 + ... is not negative.
    """
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    places = np.arange(1, u.shape[-2] + 1, dtype=x.dtype)
    sign = np.where(places @ u < 0, -1, 1).astype(x.dtype)
    return u * sign[..., None, :], s, vt * sign[..., :, None]


def diagonal_matrix(s: Array) -> Array:
    """Each vector as the diagonal of a matrix."""
    return record(diag_embed)(s, (*s.shape, s.shape[-1]), 0, -2, -1)


def _turned(x: Array, g: Array, gaps: Array) -> Array:
    """How much the singular vectors x turn into one another."""
    inner = mT(x) @ g
    return (inner - mT(inner)) / gaps


def _svd_grad(gs: Any, x: Array) -> Array:
    """Math    dA = U (F(U) S + S F(V) + dS) V^T + (1 - U U^T) dU S^-1 V^T + U S^-1 dV^T (1 - V V^T),
            F(X) = (X^T dX - dX^T X)_ij / (s_j^2 - s_i^2); 1 - U U^T is 0 unless A has more rows than columns, 1 - V V^T
            unless it has fewer
    Source  Townsend, Differentiating the singular value decomposition (2016)
    """
    u, s, vt = svd(x)
    gu, gs, gvt = gs
    row, column = unsqueeze(s, -2), unsqueeze(s, -1)
    gaps = row * row - column * column + diagonal_matrix(zeros_like(s) + 1)
    inner = diagonal_matrix(zeros_like(s) if gs is None else gs)
    outer = zeros_like(x)
    if gu is not None:
        inner = inner + _turned(u, gu, gaps) * row
        outer = outer + ((gu - u @ (mT(u) @ gu)) / row) @ vt if x.shape[-2] > x.shape[-1] else outer
    if gvt is not None:
        inner = inner + column * _turned(mT(vt), mT(gvt), gaps)
        outer = outer + u @ ((gvt - (gvt @ mT(vt)) @ vt) / column) if x.shape[-2] < x.shape[-1] else outer
    return u @ inner @ vt + outer


defgrad(svd, x=_svd_grad)


@op(extras={"u": lambda x: svd(x)[0], "vt": lambda x: svd(x)[2]})
def svdvals(x: Array) -> Any:
    """The singular values alone.  dA = U dS V^T, for which no two need differ"""
    u, s, vt = svd(x)
    return s, u, vt


defgrad(svdvals, x=lambda g, u, vt: (u * unsqueeze(g, -2)) @ vt)
