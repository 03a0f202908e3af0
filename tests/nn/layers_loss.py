"""Losses, each with every reduction."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.nn.layer import C, Layer, x
from tests.shared import i

signs = np.array([1, -1, 1, -1])
labels = np.array([[0, 2, -1, 1], [3, -1, 0, 1]])


def p(*shape: int) -> np.ndarray[Any, Any]:
    """Probabilities."""
    return x(*shape, low=0.1, high=0.9)


def loss(name: str, *calls: C, builds: tuple[C, ...] = ()) -> list[Layer]:
    reductions = [C(reduction=r) for r in ("mean", "sum", "none")]
    return [Layer(name, build, *calls) for build in (*reductions, *builds)]


ROWS = [
    *loss("L1Loss", C(x(3, 4), x(3, 4)), C(x(3), x(3))),
    *loss("MSELoss", C(x(3, 4), x(3, 4)), C(x(), x())),
    *loss("SmoothL1Loss", C(x(3, 4), x(3, 4)), builds=(C(beta=0.5),)),
    *loss("HuberLoss", C(x(3, 4), x(3, 4)), builds=(C(delta=0.5),)),
    *loss("PoissonNLLLoss", C(x(3, 4), p(3, 4)), builds=(C(full=True), C(log_input=True, eps=1e-6))),
    *loss("GaussianNLLLoss", C(x(3, 4), x(3, 4), p(3, 4)), builds=(C(full=True),)),
    *loss("NLLLoss", C(x(3, 5), i(3)), C(x(2, 5, 4), i(2, 4)), builds=(C(p(5)), C(ignore_index=1))),
    *loss(
        "CrossEntropyLoss",
        C(x(3, 5), i(3)),
        C(x(3, 5), p(3, 5)),
        C(x(5), i()),
        builds=(C(p(5)), C(label_smoothing=0.1)),
    ),
    *loss("BCELoss", C(p(3, 4), p(3, 4)), builds=(C(p(4)),)),
    *loss("BCEWithLogitsLoss", C(x(3, 4), p(3, 4)), builds=(C(p(4)), C(pos_weight=p(4)))),
    *[
        Layer("KLDivLoss", build, C(x(3, 4), p(3, 4)))
        for build in (C(reduction="batchmean"), C(reduction="sum", log_target=True), C(reduction="none"))
    ],
    *[
        Layer("CTCLoss", build, C(x(7, 3, 5), i(3, 2, low=1, high=4), (7, 6, 7), (2, 1, 2)))
        for build in (C(), C(reduction="sum"), C(blank=4, reduction="none", zero_infinity=True))
    ],
    *loss("HingeEmbeddingLoss", C(x(4), signs), builds=(C(0.5),)),
    *loss("CosineEmbeddingLoss", C(x(4, 3), x(4, 3), signs), builds=(C(0.2),)),
    *loss("MarginRankingLoss", C(x(4), x(4), signs), builds=(C(0.2),)),
    *loss("SoftMarginLoss", C(x(4), signs)),
    *loss("MultiLabelMarginLoss", C(x(2, 4), labels)),
    *loss("MultiLabelSoftMarginLoss", C(x(3, 4), i(3, 4, high=2).astype(float)), builds=(C(p(4)),)),
    *loss("MultiMarginLoss", C(x(3, 5), i(3)), builds=(C(2, 0.5), C(weight=p(5)))),
    *loss("TripletMarginLoss", C(x(3, 4), x(3, 4), x(3, 4)), builds=(C(0.5, 1.0, swap=True),)),
    *loss("TripletMarginWithDistanceLoss", C(x(3, 4), x(3, 4), x(3, 4)), builds=(C(margin=0.5, swap=True),)),
]
