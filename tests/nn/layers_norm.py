"""Normalisation layers: running statistics are compared after every call, in training and in evaluation."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x

D1, D2, D3 = (4, 3, 5), (2, 3, 4, 4), (2, 3, 2, 2, 2)


def by_channel(name: str, *calls: C) -> list[Layer]:
    builds = [
        C(3),
        C(3, eps=0.1, momentum=0.3),
        C(3, affine=False),
        C(3, affine=True, track_running_stats=True),
        C(3, bias=False, affine=True),
        C(3, track_running_stats=False),
        C(3, momentum=None, track_running_stats=name.startswith("Batch")),
    ]
    return [Layer(name, build, *calls, rtol=1e-8) for build in builds]


ROWS = [
    *by_channel("BatchNorm1d", C(x(4, 3)), C(x(*D1))),
    *by_channel("BatchNorm2d", C(x(*D2)), C(x(18, 3, 2, 2))),
    *by_channel("BatchNorm3d", C(x(*D3))),
    *by_channel("InstanceNorm1d", C(x(*D1)), C(x(3, 5))),
    *by_channel("InstanceNorm2d", C(x(*D2)), C(x(3, 4, 4))),
    *by_channel("InstanceNorm3d", C(x(*D3)), C(x(3, 2, 2, 2))),
    Layer("LayerNorm", C(3), C(x(4, 3)), C(x(2, 4, 3)), rtol=1e-8),
    Layer("LayerNorm", C((4, 3), eps=0.1), C(x(4, 3)), C(x(2, 4, 3))),
    Layer("LayerNorm", C([3], elementwise_affine=False), C(x(4, 3)), rtol=1e-8),
    Layer("LayerNorm", C(3, bias=False), C(x(4, 3)), rtol=1e-8),
    Layer("GroupNorm", C(2, 4), C(x(2, 4)), C(x(2, 4, 3)), C(x(2, 4, 3, 2)), rtol=1e-8),
    Layer("GroupNorm", C(1, 4, eps=0.1), C(x(2, 4, 3))),
    Layer("GroupNorm", C(4, 4, affine=False), C(x(2, 4, 3)), rtol=1e-8),
    Layer("GroupNorm", C(2, 4, bias=False), C(x(2, 4, 3)), rtol=1e-8),
    Layer("RMSNorm", C(3), C(x(4, 3)), C(x(2, 4, 3))),
    Layer("RMSNorm", C([4, 3], eps=0.1), C(x(2, 4, 3))),
    Layer("RMSNorm", C(3, elementwise_affine=False), C(x(4, 3))),
    Layer("LocalResponseNorm", C(2), C(x(2, 5, 3)), C(x(2, 5, 3, 2))),
    Layer("LocalResponseNorm", C(3, alpha=0.1, beta=0.5, k=2.0), C(x(2, 5, 3))),
]
