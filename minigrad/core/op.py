"""How an op is made: ``@op`` turns a NumPy function into one that also works on Tensors and leaves a node,
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
    ``x_shape x_dtype``  only the shape or the dtype is kept, not the numbers
    ``out``              the op's result
    an extra             something the forward computed anyway (``extras``)
    ``needs``            in a joint or variadic rule: which gradients are wanted (torch: needs_input_grad)
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from .record import recorder as recorder
from .table import OPS as OPS
from .table import Op, names_of

if TYPE_CHECKING:
    from ..types import Tensor

P = ParamSpec("P")
T = TypeVar("T")


@overload
def op(forward: Callable[P, Any]) -> Callable[P, Tensor]: ...
@overload
def op(
    *, of: Any = ..., many: Literal[False] = ..., **options: Any
) -> Callable[[Callable[P, Any]], Callable[P, Tensor]]: ...
@overload
def op(
    *, of: Any = ..., many: Literal[True], **options: Any
) -> Callable[[Callable[P, Any]], Callable[P, tuple[Tensor, ...]]]: ...
def op(forward: Any = None, *, of: Any = None, **options: Any) -> Any:
    """Make an op of a function on arrays.

    of       the function that users call, where it is another: it ends in ``record(of)(...)``
    many     the forward returns several outputs; rules get the list of their gradients, None where there is none
    options  see ``table.Op``
    """
    if forward is None:
        return functools.partial(op, of=of, **options)
    public = of or forward
    name = options.pop("name", public.__name__.strip("_"))
    label = options.pop("label", "".join(part.capitalize() for part in name.split("_")) + "Backward0")
    assert name not in OPS, f"two ops are named {name}"
    OPS[name] = made = Op(forward, public, name, label, **options)
    call: Any = functools.wraps(forward)(recorder(made))
    made.call = call
    if of is not None:  # the forward has no name of its own; a traceback shows which one it is
        call.__name__ = call.__qualname__ = forward.__name__ = forward.__qualname__ = name
        forward.__code__ = forward.__code__.replace(co_name=f"{name}.forward")
    for function in (call, public):
        function.op, function.record = made, call
    return call


record: Callable[[Any], Callable[..., Any]] = operator.attrgetter("record")
"""``record(softmax)(x, dim)`` runs the NumPy function of an op, and leaves a node."""


def short(function: Callable[P, T]) -> Callable[P, T]:
    """Say that a function is nothing but its op, as long as it gets two operands and nothing else."""
    function.short = True  # type: ignore[attr-defined]
    return function


def defgrad(call: Any, joint: Callable[..., Any] | None = None, of: str = "", **rules: Any) -> None:
    """Say how the gradient flows through an op: one rule per differentiable argument,
    or one ``joint`` rule that returns the gradients of the arguments ``of="x w b"`` where they share work.

    Raises  TypeError if a rule names what the op does not have.
    """
    op: Op = call.op
    known = {*op.params, *[p + s for p in op.params for s in ("_shape", "_dtype")], *op.extras, "out", "needs"}
    for argument, rule in (rules | ({"joint": joint} if joint else {})).items():
        if odd := [n for n in names_of(rule) if n not in known]:
            raise TypeError(f"the rule {op.name}.grad.{argument} names {odd}, not in {known}")
        if rule.__name__ == "<lambda>":  # a traceback then says which derivative failed
            rule.__code__ = rule.__code__.replace(co_name=f"{op.name}.grad.{argument}")
    op.rules, op.joint = rules, joint
    names = of.split() if joint else list(rules)
    op.diff = tuple(sorted(op.params.index(n) for n in names))
    if joint:
        assert [op.params[i] for i in op.diff] == names, "`of` must follow the parameters' order"
