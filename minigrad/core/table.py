"""The table of ops: what the engine knows of each."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any


class Promote(Enum):
    """What becomes of operands of different dtypes. A cast is an op of its own, so its gradient is cast back."""

    NEVER = ""  # they are taken as they are
    NUMBER = "number"  # cast to their common dtype
    FLOAT = "float"  # and integers to the default float
    SIGNED = "signed"  # as NUMBER, but bools are refused
    TENSORS = "tensors"  # as NUMBER, but Python's numbers are refused


class Op:
    """One op: a NumPy function, how its operands are treated, and the rules of its gradient.

    public    the function that users call
    call      the function that runs and records the op
    diff      positions of the differentiable parameters
    rules     the rule of each of them; ``joint`` is one rule for all
    plans     which rules run, for each pattern of arguments that was met: see ``plan``

    ``@op`` may be told

    ufunc     what the function hands its arguments on to, and does nothing else
    name      in the table of ops (default: the function's, without underscores around it)
    label     torch's name of its backward (default: ``MulBackward0`` for ``mul``), or a function of the same arguments
              that tells it
    promote   see ``Promote``
    operands  how many leading parameters are promoted and broadcast (default: those without a default value)
    view      the output looks at the operand's memory
    variadic  the first parameter is a list of operands, as in ``cat``; its rule returns a list of gradients
    numbers   two of Python's numbers are operands too: they make a tensor
    narrow    float16 is taken as it is, for numbers are only moved, compared or drawn; other ops compute float16 in
              float32, forwards and in their rules, and round the result once, as torch does
    exact     beside float16 the second operand, if it is a number or has no dimensions, is rounded to float32 only
    stepwise  its rules compute in float16, every step rounded, because torch's formula is made of such steps
    extras    name -> how to compute it differentiably from the arguments (and from what it was, if it names itself: the
              arguments may have been overwritten), None for a constant such as a mask or indices. The forward returns
              (out, extra, ...); only out reaches the user, rules may name the rest
    """

    ufunc: Any = None
    promote: Any = Promote.NEVER
    operands = 0
    many = view = variadic = numbers = narrow = exact = stepwise = False
    extras: dict[str, Callable[..., Any] | None] = {}  # noqa: RUF012  # of most ops: nobody adds to it
    joint: Callable[..., Any] | None = None
    diff: tuple[int, ...] = ()

    def __init__(self, forward: Any, public: Any, name: str, label: Any, **options: Any) -> None:
        self.forward, self.call, self.public, self.name, self.label = forward, forward, public, name, label
        self.rules: dict[str, Callable[..., Any]] = {}
        self.plans: dict[Any, Any] = {}
        assert options.keys() <= vars(Op).keys(), f"@op of {name} does not know one of {[*options]}"
        vars(self).update(options)
        self.promote = Promote(self.promote)
        self.params = names_of(forward, 0)
        values = forward.__defaults__ or ()
        self.defaults = dict(zip(self.params[len(self.params) - len(values) :], values, strict=True))
        self.operands = self.operands or len(self.params) - len(self.defaults)
        self.wide = not (self.narrow or self.view)

    @property
    def simple(self) -> bool:
        """Whether the op takes one or two operands and nothing else."""
        more = self.extras or self.many or self.view or self.variadic
        return self.promote is not Promote.NEVER and len(self.params) == self.operands in (1, 2) and not more

    def bind(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in the order of the parameters, defaults filled in."""
        given = {**self.defaults, **dict(zip(self.params, args, strict=False)), **named}
        if len(args) > len(self.params) or given.keys() != {*self.params}:
            raise TypeError(f"{self.name}() takes ({', '.join(self.params)}), not {len(args)} arguments and {[*named]}")
        return tuple([given[name] for name in self.params])

    def __repr__(self) -> str:
        return f"<op {self.name}>"


OPS: dict[str, Op] = {}
"""Every op there is, by name."""


def names_of(rule: Any, skip: int = 1) -> tuple[str, ...]:
    """The parameters of a rule after the gradient."""
    code = rule.__code__
    return tuple(code.co_varnames[skip : code.co_argcount])
