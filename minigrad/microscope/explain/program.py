"""A trace as data for the page: a short list of instructions, each of a kind that the page can take apart.

Every number of an instruction's result comes from numbers of its operands in one of a few ways, its kind ``k``:

    f       a function of one number of each operand, which broadcast: "f" is its name; "as" may name operands
    move    one number of an operand, by a map of places; 0 where the map says so
    cat     one number of the operands, which are joined along "dim"
    sum     the sum of the operand's numbers that the map sends there
    mix     a sum of numbers with weights, by a sparse matrix
    ein     a sum of products, by the letters of einsum; _ is a dimension of size 1 that broadcasts
    conv    a sum of products over the windows of a convolution: "part" says of y = x * w which one is computed
    pool    over the windows of a pooling: "max" or "sum" in them, "back" to the image, or "route", back to the winners
    top     the largest (or smallest) of the numbers that the map sends there
    given   an array that the page takes from the engine as it is: the op is one that it cannot take apart

Operands ``a`` are numbers or references: "a0" the node's first operand, "o0" its output, "g0" the gradient of that,
"i3" the result of instruction 3, "k7" array 7 of the store. A map of places is
    {"affine": [offset, step of each dimension]}   place = offset + sum of index * step
    {"blocks": k, "width": w}   place = block[n // w] + n % w, block in array k of the store; below 0: none
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.table import names_of
from ...core.variable import Variable, wrap
from .families import FUNCTIONS, MIXES, MOVES, PRODUCTS, SUMS
from .store import Store
from .trace import Call, bare, named, tracing
from .unfold import UNFOLDED

PROBED = 2048  # numbers: a sparse matrix of so many columns is found by asking the op for each


class Program:
    """The instructions of a node's forward or of its rules, for the page."""

    def __init__(self, store: Store, known: dict[int, str], owner: str) -> None:
        self.store, self.owner = store, owner
        self.instructions: list[dict[str, Any]] = []
        self.known = known  # id of a Tensor -> its reference
        self.kept: list[Any] = []  # so that an id is not used twice
        self.given: set[str] = set()  # ops that the page cannot take apart

    def write(self, calls: list[Call]) -> None:
        """The instructions of these calls."""
        for call in calls:
            self.kept.append((call.args, call.outs))
            unfolded = UNFOLDED.get(call.op.name)
            if unfolded is not None and self._unfold(unfolded, call):
                continue
            refs = self.describe(call)
            for out, ref in zip(call.outs, refs, strict=True):
                self.known[id(out)] = ref
            if call.name and refs[0][0] == "i":
                self.instructions[int(refs[0][1:])].setdefault("n", call.name)

    def _unfold(self, function: Callable[..., Any], call: Call) -> bool:
        try:
            with tracing() as trace:
                made = function(*call.args)
        except (TypeError, ValueError, IndexError, RuntimeError):  # of an edge case, such as no numbers at all
            return False
        outs = made if isinstance(made, (tuple, list)) else (made,)
        same: Any = lambda a, b: a.shape == b.shape and np.allclose(a, b, 1e-3, 1e-5, equal_nan=True)
        if len(outs) != len(call.outs) or not all(map(same, map(bare, outs), map(bare, call.outs))):
            return False
        self.write(trace.calls)
        for out, result in zip(outs, call.outs, strict=True):
            self.known[id(result)] = self.reference(out)
        self.kept.append(outs)
        return True

    # ---- operands ----

    def reference(self, value: Any) -> Any:
        """How an instruction refers to a value."""
        if isinstance(value, Variable) and id(value) in self.known:
            return self.known[id(value)]
        if isinstance(value, (Variable, np.ndarray, np.generic)):
            array = np.asarray(bare(value))
            if array.ndim == 0:
                return self.reference(array.item())
            if array.size and (array == array.flat[0]).all():
                return self._add(k="f", f="fill", a=[self.reference(array.flat[0].item())], **_like(array))
            return f"k{self.store.add(array)}"
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)):
            return value if math.isfinite(value) else str(float(value))
        return None

    def _add(self, **instruction: Any) -> str:
        self.instructions.append(instruction)
        return f"i{len(self.instructions) - 1}"

    def _made(self, call: Call, kind: str, operands: list[Any], **more: Any) -> list[str]:
        """One instruction, for a call with one result."""
        out = bare(call.outs[0])
        return [self._add(k=kind, a=[self.reference(x) for x in operands], **_like(out), **more)]

    # ---- kinds ----

    def describe(self, call: Call) -> list[str]:
        """The references of what a call made."""
        name = call.op.name
        special = getattr(self, f"op_{name}", None)
        if special is not None:
            found: list[str] = special(call, *call.args)
            return found
        if name in FUNCTIONS:
            return self._made(call, "f", list(call.args), f=name)
        if name in PRODUCTS:
            return self._made(call, "ein", list(call.args), e=PRODUCTS[name])
        for names, kind in ((MOVES, self._move), (SUMS, self._sum_of), (MIXES, self._mix)):
            if name in names and (refs := kind(call)):
                return refs
        return self._give(call)

    def _give(self, call: Call) -> list[str]:
        self.given.add(call.op.name)
        return [
            self._add(k="given", f=call.op.name, a=[f"k{self.store.add(bare(y))}"], **_like(bare(y))) for y in call.outs
        ]

    def _move(self, call: Call) -> list[str]:
        """Let the op move the places of the numbers instead of the numbers, and see where they come from."""
        operands = self._operands(call)
        sizes = [x.array.size for x in operands]
        starts = np.cumsum([1, *sizes[:-1]])
        places = [
            wrap((start + np.arange(n, dtype=np.float64)).reshape(x.shape))
            for x, n, start in zip(operands, sizes, starts, strict=True)
        ]
        moved = self._run(call, operands, places)
        zeros = self._run(call, operands, [wrap(np.zeros(x.shape)) for x in operands])
        if moved is None or zeros is None:
            return []
        refs = []
        for y, filled, out in zip(moved, zeros, call.outs, strict=True):
            rest = np.where(y == filled, filled, 0)  # what no operand gave: a number of the op's own
            if np.any(rest != 0):
                if np.unique(rest[rest != 0]).size > 1:
                    return []
                y = np.where(y == filled, 0, y)
            if (y < 0).any() or (y > sum(sizes)).any() or (y != np.floor(y)).any():
                return []
            value = float(rest[rest != 0].flat[0]) if np.any(rest != 0) else 0.0
            more: dict[str, Any] = {} if not value else {"fill": self.reference(value)}
            more["m"] = self._map(y.astype(np.int64) - 1)
            refs += self._made(Call(call.op, call.args, (out,), call.where), "move", operands, f=call.op.name, **more)
        return refs

    def _sum_of(self, call: Call) -> list[str]:
        """The rule of such an op says of every number of the operand to which sum it went."""
        x = call.args[0]
        out = bare(call.outs[0])
        rule = next(iter(call.op.rules.values()))
        values = named(call.op, names_of(rule), list(call.args), call.outs[0], (True,))
        where = np.asarray(bare(rule(np.arange(1.0, out.size + 1).reshape(out.shape), *map(bare, values))))
        return self._made(call, "sum", [x], f=call.op.name, m=self._map(where.astype(np.int64) - 1))

    def _mix(self, call: Call) -> list[str]:
        """The sparse matrix of a linear op, column by column."""
        operands = self._operands(call)
        size = sum([x.array.size for x in operands])
        if not 0 < size <= PROBED:
            return []
        zeros = [np.zeros(x.shape) for x in operands]
        rows, columns, weights = [], [], []
        column = 0
        for x in zeros:
            for place in range(x.size):
                x.reshape(-1)[place] = 1
                (y,) = self._run(call, operands, [wrap(z.copy()) for z in zeros]) or (None,)
                x.reshape(-1)[place] = 0
                if y is None:
                    return []
                (found,) = np.nonzero(y.reshape(-1))
                rows.append(found)
                columns.append(np.full(found.size, column))
                weights.append(y.reshape(-1)[found])
                column += 1
        order = np.argsort(np.concatenate(rows), kind="stable")
        row, col = np.concatenate(rows)[order], np.concatenate(columns)[order]
        starts = np.searchsorted(row, np.arange(bare(call.outs[0]).size + 1))
        arrays = [starts, col, np.concatenate(weights)[order]]
        return self._made(call, "mix", operands, f=call.op.name, m=[self.store.add_map(a) for a in arrays])

    def _operands(self, call: Call) -> list[Any]:
        """The Tensors whose numbers the op moves."""
        op = call.op
        of = list(call.args[0]) if op.variadic else [call.args[k] for k in (op.diff or (0,))]
        return [x for x in of if isinstance(x, Variable)]

    def _run(self, call: Call, operands: list[Any], values: list[Any]) -> Any:
        """The op's results on other numbers, as arrays; None if it does not take them."""
        other = {id(x): bare(v) for x, v in zip(operands, values, strict=True)}
        swap: Any = lambda v: (
            [swap(x) for x in v] if isinstance(v, (list, tuple)) and any(id(x) in other for x in v)
            else other.get(id(v), bare(v))
        )  # fmt: skip
        try:
            out = call.op.forward(*[swap(a) for a in call.args])
        except (TypeError, ValueError, IndexError, RuntimeError):
            return None
        out = out[:1] if call.op.extras else out if call.op.many else (out,)
        return [np.asarray(y) for y in out]

    def _map(self, places: Any) -> dict[str, Any]:
        """A map of places, as short as it can be said."""
        steps = []
        if places.size and (places >= 0).all():
            origin = (0,) * places.ndim
            for d, n in enumerate(places.shape):
                next_one = tuple([int(k == d) for k in range(places.ndim)])
                steps.append(int(places[next_one] - places[origin]) if n > 1 else 0)
            offset = int(places[origin])
            grid = sum(np.ix_(*[np.arange(n) * s for n, s in zip(places.shape, steps, strict=True)]), np.int64(offset))
            if np.array_equal(np.broadcast_to(grid, places.shape), places):
                return {"affine": [offset, *steps]}
        width = 1
        for n in reversed(places.shape):
            rows = places.reshape(-1, width * n) if places.size else places.reshape(0, 1)
            straight = np.where(rows[:, :1] < 0, rows[:, :1], rows[:, :1] + np.arange(rows.shape[1]))
            if not np.array_equal(straight, rows):
                break
            width *= n
        first = places.reshape(-1, width)[:, 0] if places.size else places.reshape(-1)
        return {"blocks": self.store.add_map(first), "width": width}

    # ---- ops of kinds of their own ----

    def op_linear_unbiased(self, call: Call, x: Any, weight: Any) -> list[str]:
        letters = "abcdefgh"[: x.ndim - 1]
        return self._made(call, "ein", [x, weight], e=f"{letters}k,ok->{letters}o")

    def op_matmul(self, call: Call, x: Any, y: Any) -> list[str]:
        shape = bare(call.outs[0]).shape
        batch = "abcdefgh"[: len(shape) - 2]

        def letters(v: Any) -> str:
            lead = v.shape[:-2]
            pairs = zip(batch[len(batch) - len(lead) :], lead, shape[len(batch) - len(lead) :], strict=False)
            return "".join([c if n == m else "_" for c, n, m in pairs])

        return self._made(call, "ein", [x, y], e=f"{letters(x)}ik,{letters(y)}kj->{batch}ij")

    def op_einsum(self, call: Call, operands: Any, labels: Any, out: str) -> list[str]:
        return self._made(call, "ein", list(operands), e=f"{','.join(labels)}->{out}")

    def op_convolution(self, call: Call, x: Any, w: Any, bias: Any, how: Any) -> list[str]:
        return self._conv(call, "y", [x, w], how, x, w, call.outs[0], bias)

    def op_conv_grad_input(self, call: Call, g: Any, w: Any, bias: Any, size: Any, how: Any) -> list[str]:
        return self._conv(call, "x", [g, w], how, call.outs[0], w, g, bias)

    def op_conv_grad_weight(self, call: Call, g: Any, x: Any, kernel: Any, how: Any) -> list[str]:
        return self._conv(call, "w", [g, x], how, x, call.outs[0], g, None)

    def _conv(self, call: Call, part: str, operands: Any, how: Any, x: Any, w: Any, y: Any, bias: Any) -> list[str]:
        walk = {
            "x": list(x.shape), "w": list(w.shape), "y": list(y.shape), "stride": how.stride,
            "padding": [low for low, _ in how.padding], "dilation": how.dilation, "groups": how.groups,
        }  # fmt: skip
        (ref,) = self._made(call, "conv", operands, part=part, walk=walk)
        if bias is None:
            return [ref]
        out = _like(bare(call.outs[0]))
        steps = [int(d == 1) for d in range(len(out["s"]))]
        row = self._add(k="move", f="expand", a=[self.reference(bias)], **out, m={"affine": [0, *steps]})
        return [self._add(k="f", f="add", a=[ref, row], **out)]

    def _pool(self, call: Call, how: str, operands: list[Any], w: Any, divisor: Any = None) -> list[str]:
        walk = {name: list(getattr(w, name)) for name in ("size", "out", "kernel", "stride", "padding", "dilation")}
        (ref,) = self._made(call, "pool", operands, how=how, walk=walk)
        return [ref]

    def op_max_pool2d(self, call: Call, x: Any, w: Any) -> list[str]:
        return self._pool(call, "max", [x], w)

    op_max_pool3d = op_max_pool2d

    def op_max_pool2d_with_indices(self, call: Call, x: Any, best: Any, winner: Any, index: Any, w: Any) -> list[str]:
        return self._pool(call, "max", [x], w)

    op_max_pool3d_with_indices = op_max_pool2d_with_indices

    def op_max_pool_grad_x(self, call: Call, g: Any, winner: Any, w: Any) -> list[str]:
        """Each window's gradient goes to its winner: in the rule of a pooling found by looking at the image, elsewhere
        by the adjoint."""
        if self.owner.startswith("max_pool2d") or self.owner.startswith("max_pool3d"):
            (ref,) = self._pool(call, "route", [g], w)
            self.instructions[int(ref[1:])]["a"].append("a0")
            return [ref]
        rule = call.op.rules["g"]
        out = bare(call.outs[0])
        where = rule(np.arange(1.0, out.size + 1).reshape(out.shape), bare(winner), w)
        return self._made(call, "sum", [g], f="max_pool_grad_x", m=self._map(where.astype(np.int64) - 1))

    def op_avg_pool2d(self, call: Call, x: Any, w: Any, divisor: Any) -> list[str]:
        (ref,) = self._pool(call, "sum", [x], w)
        return [self._add(k="f", f="div", a=[ref, self.reference(divisor)], **_like(bare(call.outs[0])))]

    op_avg_pool3d = op_avg_pool2d

    def op_avg_pool2d_grad_x(self, call: Call, g: Any, w: Any, divisor: Any) -> list[str]:
        share = self._add(k="f", f="div", a=[self.reference(g), self.reference(divisor)], **_like(bare(g)))
        (ref,) = self._pool(call, "back", [g], w)
        self.instructions[int(ref[1:])]["a"] = [share]
        return [ref]

    op_avg_pool3d_grad_x = op_avg_pool2d_grad_x

    def op_amax(self, call: Call, x: Any, dims: Any, keepdim: bool) -> list[str]:
        out = bare(call.outs[0])
        numbers = np.arange(out.size).reshape([1 if d in dims else n for d, n in enumerate(x.shape)])
        where = self._map(np.broadcast_to(numbers, x.shape))
        return self._made(call, "top", [x], f=call.op.name, m=where)

    op_amin = op_amax
    op_max = op_min = op_amax

    def op_median(self, call: Call, x: Any) -> list[str]:
        """One of the numbers, the first that it equals."""
        out = bare(call.outs[0])
        (found,) = np.nonzero((bare(x) == out).reshape(-1))
        place = np.full(out.shape, found[0]) if found.size else None
        return self._give(call) if place is None else self._made(call, "move", [x], f="median", m=self._map(place))

    op_nanmedian = op_median

    def op_cat(self, call: Call, tensors: Any, dim: int) -> list[str]:
        return self._made(call, "cat", [x for x in tensors if bare(x).size], dim=dim % bare(call.outs[0]).ndim)

    def op_nan_to_num(self, call: Call, x: Any, nan: Any, high: Any, low: Any) -> list[str]:
        limit = np.finfo(bare(x).dtype).max if bare(x).dtype.kind == "f" else 0
        others = [0.0 if nan is None else nan, limit if high is None else high, -limit if low is None else low]
        return self._made(call, "f", [x, *others], f="nan_to_num")

    def op_minus_one(self, call: Call, p: Any, index: Any, axis: int) -> list[str]:
        truth = np.zeros(p.shape, bare(p).dtype)
        np.put_along_axis(truth, bare(index), 1, axis)
        truth_ref = f"k{self.store.add(truth)}"
        return [self._add(k="f", f="sub", a=[self.reference(p), truth_ref], **_like(truth), **{"as": [None, "truth"]})]

    def op_zeros_like(self, call: Call, x: Any) -> list[str]:
        return self._made(call, "f", [0], f="fill")


def _like(a: Any) -> dict[str, Any]:
    """The shape of an array, and its dtype if it is not float32."""
    return {"s": list(a.shape)} | ({} if a.dtype == np.float32 else {"d": a.dtype.name})
