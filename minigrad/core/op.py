"""How an op is recorded: ``@op`` turns a NumPy function into one that also works on Tensors and leaves a node,
``defgrad`` says how its gradient flows.

    @op
    def mul(input, other): return np.multiply(input, other)
    defgrad(mul, input=lambda g, other: g * other,
                 other=lambda g, input: g * input)

Where the user may pass more than the NumPy function is to see (a dimension from behind, a dtype), an ordinary function
takes it, and hands on what is left:

    def softmax(input, dim=None, dtype=None):                  # what the user passes
        return record(softmax)(to(input, dtype), wrap_dim(dim, input.ndim))

    @op(of=softmax)
    def _(input, dim): e = np.exp(...)                         # what NumPy gets
    defgrad(softmax, input=lambda g, out, dim: ...)

A rule is an ordinary function of ``g`` (the gradient of the output), of the arguments it names, and of ``out``.
What it names is saved, what it does not name is freed. Every step it takes is an op or an operator, so on arrays
it computes numbers, and on Tensors (``create_graph=True``) the same text builds the graph of the gradient.

A rule may name
    an argument          ``x``: the operand as the op saw it (after promotion, before broadcasting)
    ``x_shape x_dtype``  only the shape or the number type is kept, not the numbers
    ``out``              the op's result
    an extra             something the forward computed anyway (``extras``)
    ``needs``            in a joint rule or that of a list: which gradients are wanted
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, overload

import numpy as np

from .plan import Plan, names_of
from .record import recorder

if TYPE_CHECKING:
    from ..types import Tensor

P = ParamSpec("P")

OPS: dict[str, Op] = {}
"""Every op there is, by name."""


class Op:
    """What the engine knows of one operation."""

    table = OPS

    def __init__(
        self,
        forward: Callable[..., Any],
        *,
        ufunc: np.ufunc | None,
        name: str,
        label: str | Callable[..., str],
        promote: str,
        operands: int,
        many: bool,
        view: bool,
        variadic: bool,
        numbers: bool,
        narrow: bool,
        extras: dict[str, Callable[..., Any] | None],
    ) -> None:
        self.forward = self.public = forward
        self.ufunc = ufunc
        self.name = name
        self.promote = promote
        self.many = many
        self.view = view
        self.variadic = variadic
        self.numbers = numbers
        self.wide = not (narrow or view)
        self.extras = extras
        self.params = names_of(forward, 0)
        self.label = label if isinstance(label, str) else ""
        self.label_of = None if isinstance(label, str) else label
        values = forward.__defaults__ or ()
        kinds = forward.__annotations__
        self.arrays = tuple([p for p in self.params if kinds.get(p, "Array") in ("A", "Array")])
        self.defaults = dict(zip(self.params[len(self.params) - len(values) :], values, strict=True))
        self.operands = operands or len(self.params) - len(self.defaults)
        self.rules: dict[str, Callable[..., Any]] = {}
        self.joint: Callable[..., Any] | None = None
        self.diff: tuple[int, ...] = ()  # positions of the differentiable parameters
        self.plans: dict[Any, Plan] = {}
        self.call: Callable[..., Any] = forward  # the recording function, once there is one

    def plan(
        self, needs: tuple[bool, ...], tensors: tuple[bool, ...], halves: bool = False, label: str | None = None
    ) -> Plan:
        """Which rules to run, and what to save for them, when these operands need a gradient
        and these arguments are Tensors; ``halves``: of float16; ``label``: where it depends on the arguments."""
        key = needs, tensors, halves, label
        found = self.plans.get(key)
        if found is None:
            found = self.plans[key] = Plan(self, needs, tensors, halves, label or self.label)
        return found

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in the order of the parameters, defaults filled in."""
        for p, public in zip(self.params, ("input", "other"), strict=False):  # the names in torch's signatures
            if public in kwargs and public not in self.params:
                kwargs[p] = kwargs.pop(public)
        rest = list(args)
        for p in self.params[len(args) :]:
            if p in kwargs:
                rest.append(kwargs.pop(p))
            elif p in self.defaults:
                rest.append(self.defaults[p])
            else:
                raise TypeError(f"{self.name}() missing the required argument '{p}'")
        if kwargs or len(rest) > len(self.params):
            odd = ", ".join(map(repr, kwargs)) or f"{len(args)} positional arguments"
            raise TypeError(f"{self.name}() got unexpected {odd}; it takes ({', '.join(self.params)})")
        return tuple(rest)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


@overload
def op(forward: Callable[P, Any]) -> Callable[P, Tensor]: ...
@overload
def op(
    *,
    of: Callable[..., Any] | None = ...,
    ufunc: np.ufunc | None = ...,
    name: str = ...,
    label: str | Callable[..., str] = ...,
    promote: str = ...,
    operands: int = ...,
    many: Literal[False] = ...,
    view: bool = ...,
    variadic: bool = ...,
    numbers: bool = ...,
    narrow: bool = ...,
    extras: dict[str, Callable[..., Any] | None] | None = ...,
) -> Callable[[Callable[P, Any]], Callable[P, Tensor]]: ...
@overload
def op(
    *,
    many: Literal[True],
    of: Callable[..., Any] | None = ...,
    ufunc: np.ufunc | None = ...,
    name: str = ...,
    label: str | Callable[..., str] = ...,
    promote: str = ...,
    operands: int = ...,
    view: bool = ...,
    variadic: bool = ...,
    numbers: bool = ...,
    narrow: bool = ...,
    extras: dict[str, Callable[..., Any] | None] | None = ...,
) -> Callable[[Callable[P, Any]], Callable[P, tuple[Tensor, ...]]]: ...
def op(
    forward: Any = None,
    *,
    of: Any = None,
    ufunc: np.ufunc | None = None,
    name: str = "",
    label: str | Callable[..., str] = "",
    promote: str = "",
    operands: int = 0,
    many: bool = False,
    view: bool = False,
    variadic: bool = False,
    numbers: bool = False,
    narrow: bool = False,
    extras: dict[str, Callable[..., Any] | None] | None = None,
) -> Any:
    """Make an op of a function on arrays.

    of        the function that users call, where it is another: it ends in ``record(of)(...)``
    ufunc     what the function hands its arguments on to, and does nothing else: then the engine calls that at once
    name      in the table of ops (default: the function's, without a leading underscore)
    label     torch's name of its backward (default: ``MulBackward0`` for ``mul``), or a function of the same arguments
              that tells it
    promote   "number": operands are cast to their common type; "float": and integers to the default float;
              "signed": as "number", but bools are refused; "tensors": as "number", but Python's numbers are refused;
              "": operands are taken as they are.
              A cast is an op of its own, so its gradient is cast back
    operands  how many leading parameters are promoted and broadcast (default: those without a default value)
    many      the forward returns several outputs; rules get the list of their gradients, None where there is none
    view      the output looks at the operand's memory
    variadic  the first parameter is a list of operands, as in ``cat``; its rule returns a list of gradients
    numbers   two of Python's numbers are operands too: they make a tensor
    narrow    float16 is taken as it is, for numbers are only moved, compared or drawn; other ops compute float16 in
              float32, forwards and in their rules, and round the result once, as torch does
    extras    name -> how to compute it differentiably from the arguments (and from what it was, if it names itself: the
              arguments may have been overwritten), None for a constant such as a mask or indices. The forward returns
              (out, extra, ...); only out reaches the user, rules may name the rest
    """
    if forward is None:
        again: Any = op
        return lambda f: again(
            f, of=of, ufunc=ufunc, name=name, label=label, promote=promote, operands=operands, many=many, view=view,
            variadic=variadic, numbers=numbers, narrow=narrow, extras=extras,
        )  # fmt: skip
    name = name or (of or forward).__name__.strip("_")
    label = label or "".join(p.capitalize() for p in name.split("_")) + "Backward0"
    made = Op(
        forward, ufunc=ufunc, name=name, label=label, promote=promote, operands=operands, many=many, view=view,
        variadic=variadic, numbers=numbers, narrow=narrow, extras=extras or {},
    )  # fmt: skip
    assert name not in OPS, f"two ops are named {name}"
    OPS[name] = made
    call: Any = functools.wraps(forward)(recorder(made))
    call.op, call.record = made, call
    made.call = call
    if of is not None:
        forward.__name__ = forward.__qualname__ = call.__name__ = call.__qualname__ = name
        forward.__code__ = forward.__code__.replace(co_name=f"{name}.forward")  # as a traceback shows it
        of.op, of.record = made, call
        made.public = of
    return call


record: Callable[[Any], Callable[..., Any]] = operator.attrgetter("record")
"""``record(softmax)(x, dim)`` runs the NumPy function of an op, and leaves a node."""


def defgrad(call: Any, joint: Callable[..., Any] | None = None, of: str = "", **rules: Any) -> None:
    """Say how the gradient flows through an op: one rule per differentiable argument,
    or one ``joint`` rule that returns the gradients of the arguments ``of="x w b"`` where they share work.

    Raises  TypeError if a rule names what the op does not have.
    """
    op: Op = call.op
    known = {*op.params, *[p + s for p in op.params for s in ("_shape", "_dtype")], *op.extras, "out", "needs"}
    for argument, rule in {**rules, "joint": joint}.items():
        if rule is None:
            continue
        if odd := [n for n in names_of(rule) if n not in known]:
            raise TypeError(f"the rule {op.name}.grad.{argument} names {odd}, not in {known}")
        if rule.__name__ == "<lambda>":  # a traceback then says which derivative failed
            rule.__code__ = rule.__code__.replace(co_name=f"{op.name}.grad.{argument}")
    op.rules = rules
    op.joint = joint
    names = of.split() if joint else list(rules)
    op.diff = tuple(sorted(op.params.index(n) for n in names))
    if joint:
        assert [op.params[i] for i in op.diff] == names, "`of` must follow the parameters' order"
