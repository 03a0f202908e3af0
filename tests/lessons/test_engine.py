"""Lesson 0's engine on every op: its gradients are those of the engine proper, bit for bit."""

from __future__ import annotations

import numpy as np

import minigrad
from lessons import l00_engine as plain
from minigrad.core.observe import unwatch, watch
from minigrad.core.op import OPS
from minigrad.core.watcher import Watcher
from reference_torch.oracle import MINIGRAD, cotangent
from tests.ops.table import CASES

# ops that exist in place only, x.zero_() and the like: lesson 0's variables are never written
WRITES = {
    "bernoulli", "cauchy", "exponential", "fill", "fill_from", "geometric", "log_normal", "normal", "overwrite",
    "random", "uniform", "zero",
}  # fmt: skip
# results that require a gradient in torch, and have none to give or a zero one: their rows are not differentiated
WITHOUT_GRADIENT = {
    "bernoulli_of", "bernoulli_like", "floor_divide", "heaviside", "normal_around", "normal_as_far", "normal_of",
    "poisson", "unique", "unique_consecutive", "unique_dim",
}  # fmt: skip
# what no row of the table records: hooks of modules, running statistics, writes, gradients without one of their own
NOT_CALLED = {
    "batch_norm_by_running", "ctc_loss_grad_x", "gate", "max_pool_pick", "only", "only_once", "pick", "resample",
}  # fmt: skip


class Calls(Watcher):
    """Keeps each op that is recorded: its name and the arguments that it was computed from."""

    def __init__(self):
        self.found = []

    def node_made(self, node, args, out):
        self.found.append((node.op.name, args))


def fresh(argument, made):
    """A copy of an argument of the one engine and of the other; those that are differentiated are added to ``made``."""
    if isinstance(argument, (list, tuple)) and any(isinstance(x, minigrad.Tensor) for x in argument):
        pairs = [fresh(x, made) for x in argument]
        return [x for x, _ in pairs], [x for _, x in pairs]
    if not isinstance(argument, minigrad.Tensor):
        return argument, argument
    array = argument.array.copy()
    if array.dtype.kind != "f":
        return minigrad.from_numpy(array), array
    ours, theirs = minigrad.from_numpy(array).requires_grad_(), plain.Variable(array.copy())
    made.append((ours, theirs))
    return ours, theirs


def test_every_op_of_the_table():
    seen = set()
    for row, sample in CASES:
        if not row.grad:
            continue
        order = 2 if row.second and sample is row.samples[0] else 1
        calls = Calls()
        watch(calls)
        try:
            MINIGRAD.ask(MINIGRAD.find(row.name), sample.args, sample.kwargs, order=order)
        finally:
            unwatch(calls)
        for name, args in calls.found:
            made = []
            pairs = [fresh(x, made) for x in args]
            call = OPS[name].call
            minigrad.manual_seed(0)
            ours = call(*[x for x, _ in pairs])
            minigrad.manual_seed(0)
            theirs = plain.call(name, *[x for _, x in pairs])
            if OPS[name].many:
                ours, theirs = next((y, z) for y, z in zip(ours, theirs, strict=True) if y.requires_grad)
            g = cotangent(ours.shape, 0).astype(ours.array.dtype)
            expected = minigrad.autograd.grad(ours, [x for x, _ in made], minigrad.from_numpy(g), allow_unused=True)
            found = plain.backward(theirs, g)
            for (_, x), dx in zip(made, expected, strict=True):
                if dx is not None:
                    np.testing.assert_array_equal(found[x], dx.array, err_msg=f"{name} of {sample}")
            seen.add(name)
    differentiable = {name for name, op in OPS.items() if op.diff}
    assert differentiable - seen == WRITES | NOT_CALLED | WITHOUT_GRADIENT
