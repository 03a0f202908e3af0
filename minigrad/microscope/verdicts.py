"""What the numbers of a training's health mean, in words: what is unusual, and what to try.

The bounds are rules of thumb, wide enough to be silent where a training is only slow or fast. A bias that starts at 0
moves infinitely far, and a gate at the end of a good classifier is saturated: neither is a trouble.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Health = Any  # health.Health, which imports this file

LARGE_STEP = 0.1  # of the weight's norm, step after step
SMALL_STEP = 1e-6
VANISHED = 1e-4  # the first layer's gradient, as a share of the last's
MANY = 0.5  # of the units
ENOUGH = 3  # backward passes, or steps, before something is said of them


def verdicts(health: Health) -> list[str]:
    """A sentence for each thing that is unusual; one that says so if nothing is."""
    found = [say for judge in JUDGES for say in judge(health)]
    return found or ["nothing unusual: gradients, steps and activations are of the usual sizes"]


def not_finite(health: Health) -> list[str]:
    for p in health.parameters.values():
        first = next((k for k, g in enumerate(p.gradients, 1) if not np.isfinite(g)), None)
        if first is not None:
            return [
                f"the gradient of {p.name} is nan or infinite since backward pass {first}: find the op that made it "
                "with autograd.set_detect_anomaly(True); a lower learning rate often helps"
            ]
    return []


def zero_grad_forgotten(health: Health) -> list[str]:
    names = [p.name for p in health.parameters.values() if p.used_again]
    if not names:
        return []
    times = max(p.used_again for p in health.parameters.values())
    return [
        f"zero_grad is forgotten: {times} of the steps used gradients that earlier steps had used already "
        f"({_named(names)}); call optimizer.zero_grad() before backward()"
    ]


def steps_too_large(health: Health) -> list[str]:
    large = [p for p in _weights(health) if len(p.updates) >= ENOUGH and _lately(p.updates) > LARGE_STEP]
    if not large:
        return []
    worst = max(large, key=lambda p: _lately(p.updates))
    return [
        f"the steps are too large: each moves {worst.name} by {_lately(worst.updates):.0%} of its own size (0.1% is "
        f"usual; {len(large)} of {len(_weights(health))} weights move by more than 10%); lower the learning rate"
    ]


def steps_too_small(health: Health) -> list[str]:
    weights = [p for p in _weights(health) if len(p.gradients) >= ENOUGH]
    if not weights:
        return []
    if not any(p.updates for p in health.parameters.values()):
        return [
            "no weight has moved: is optimizer.step() called, and was the optimizer given the parameters of this model?"
        ]
    still = [p.name for p in weights if not p.updates]
    slow = [p.name for p in weights if len(p.updates) >= ENOUGH and _lately(p.updates) < SMALL_STEP]
    return [
        *([f"{_named(still)} never moved, though it has gradients: does the optimizer know it?"] if still else []),
        *([f"{_named(slow)} hardly moves: is the learning rate too small?"] if slow else []),
    ]


def gradients_missing(health: Health) -> list[str]:
    parameters = list(health.parameters.values())
    none = [p.name for p in parameters if not p.gradients and p.wanted]
    if not none or len(none) == len(parameters):
        return []
    return [f"{_named(none)} got no gradient: the loss does not depend on it, or it was detached on the way"]


def gradients_vanish(health: Health) -> list[str]:
    weights = [p for p in _weights(health) if p.gradients and np.isfinite(p.gradients[-1])]
    zero = [p.name for p in weights if p.gradients[-1] == 0]
    if zero and len(zero) * 2 >= len(weights):
        return [
            f"the gradient of {_named(zero)} is 0: nothing that is learnt comes there any more; look for dead or "
            "saturated units, often left behind by steps that were too large"
        ]
    if len(weights) < ENOUGH or not weights[-1].gradients[-1]:
        return []
    share = weights[0].gradients[-1] / weights[-1].gradients[-1]
    if share < VANISHED:
        return [
            f"gradients vanish on their way: that of {weights[0].name} is {share:.0e} of that of {weights[-1].name}; "
            "try ReLU, a normalization between the layers, ways around them (x + f(x)), or another initialization"
        ]
    if share > 1 / VANISHED:
        return [
            f"gradients explode on their way: that of {weights[0].name} is {share:.0e} times that of "
            f"{weights[-1].name}; try clip_grad_norm_, or smaller initial weights"
        ]
    return []


def units_dead(health: Health) -> list[str]:
    dead = [a for a in health.activations if a.dead is not None and a.dead > MANY]
    return [
        f"{a.dead:.0%} of the units of {a.name} are dead: 0 for every input, and so without a gradient; a lower "
        "learning rate keeps them alive, or LeakyReLU"
        for a in dead
    ]


def units_saturated(health: Health) -> list[str]:
    between = health.activations[:-1]  # the last one may be sure of itself
    return [
        f"{a.saturated[-1]:.0%} of the outputs of {a.name} are saturated: the derivative there is near 0, so is what "
        "passes through them; smaller weights before it, or a normalization, would help"
        for a in between
        if a.saturated and a.saturated[-1] > MANY
    ]


JUDGES = (
    not_finite, zero_grad_forgotten, steps_too_large, steps_too_small, gradients_missing, gradients_vanish, units_dead,
    units_saturated,
)  # fmt: skip


def _weights(health: Health) -> list[Any]:
    """The parameters that are matrices or more: what layers multiply with."""
    return [p for p in health.parameters.values() if len(p.shape) > 1]


def _lately(numbers: list[float]) -> Any:
    """The median of the later half."""
    return np.median(numbers[len(numbers) // 2 :])


def _named(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
