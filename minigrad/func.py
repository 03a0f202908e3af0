"""Derivatives as functions of functions, as in ``torch.func``: grad, vjp, jvp, jacrev, jacfwd, hessian, vmap.

Each takes a function and returns another: ``grad(grad(f))`` is f''. An argument that an outer transformation
differentiates already stays in its graph; any other is replaced by a fresh leaf, and the result is detached.
So it is with every argument under ``no_grad`` or in inference mode, which hold around a transformation but not within.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar, overload

from .autograd import Function as CustomFunction
from .autograd import inference_mode
from .autograd.functional import pull_back, push_forward, rows_of, unit_vectors
from .core.node import Leaf
from .core.observe import mode
from .core.sweep import reachable
from .core.variable import version_of
from .core.views import node_of
from .nn import Module
from .ops.create import ones_like
from .ops.shape.joining import stack
from .random import default_generator
from .tensor import Tensor

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]
P = ParamSpec("P")
T = TypeVar("T")
X = TypeVar("X")  # a tensor, or a tree of tensors

# ---- trees: tensors in lists, tuples and dicts ----


def leaves(tree: Any) -> list[Any]:
    """The tensors of a tree, in order."""
    if isinstance(tree, dict):
        return [x for value in tree.values() for x in leaves(value)]
    if isinstance(tree, (list, tuple)):
        return [x for value in tree for x in leaves(value)]
    return [tree]


def rebuilt(tree: Any, values: Any) -> Any:
    """A tree of the same form with other leaves; ``values`` is an iterator."""
    if isinstance(tree, dict):
        return type(tree)({key: rebuilt(value, values) for key, value in tree.items()})
    if isinstance(tree, (list, tuple)):
        parts = [rebuilt(value, values) for value in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return next(values)


# ---- arguments to differentiate by ----


def _own(x: Any) -> Any:
    if not isinstance(x, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _writable(x: Any) -> Any:
    """One of our own as an argument that the function may write to: on the same memory, and no leaf."""
    y = x.clone()
    y.array, y.version = x.array, version_of(x)
    return y


def _positions(argnums: Argnums, count: int) -> tuple[int, ...]:
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    if argnums == ():
        raise RuntimeError("argnums must be non-empty: say which arguments to differentiate by")
    for k in positions:
        if not isinstance(k, int):
            raise RuntimeError(f"argnum must be int, got: {type(k)}")
        if not -count <= k < count:
            raise RuntimeError(f"Got argnum={k}, but only {count} positional inputs")
    return positions


def _with_own(args: tuple[Any, ...], argnums: Argnums, writable: bool = False) -> tuple[list[Any], tuple[Any, ...]]:
    """(all arguments, the tensors to differentiate by): those at ``argnums`` are replaced by our own."""
    replaced = list(args)
    own = []
    for k in _positions(argnums, len(args)):
        mine = [_own(x) for x in leaves(args[k])]
        replaced[k] = rebuilt(args[k], iter([_writable(x) for x in mine] if writable else mine))
        own += mine
    return replaced, tuple(own)


def _free(x: Any, own: tuple[Any, ...]) -> Any:
    """x, without its graph if that leads to nothing but our own leaves."""
    node = node_of(x)
    if node is None or isinstance(node, Leaf):
        return x
    mine = {node_of(y) for y in own}
    ends = {parent for n in reachable([node]) for parent in n.parents if isinstance(parent, Leaf)}
    return x.detach() if ends <= mine else x


def _like_arguments(results: Any, args: tuple[Any, ...], argnums: Argnums, own: tuple[Any, ...]) -> Any:
    """One result for each of our own tensors, in the form of the arguments."""
    values = iter([_free(x, own) for x in results])
    if not isinstance(argnums, tuple):
        return rebuilt(args[argnums], values)
    return tuple([rebuilt(args[k], values) for k in argnums])


def _apply(func: Function, args: list[Any], kwargs: dict[str, Any], has_aux: bool) -> tuple[Any, Any]:
    output = func(*args, **kwargs)
    if not has_aux:
        return output, None
    if not isinstance(output, tuple) or len(output) != 2:
        raise RuntimeError("output of function should be a tuple: (output, aux) if has_aux is True")
    return output


def _recording(transformation: Function) -> Function:
    """A transformation that records, whatever mode holds around it; under ``no_grad`` its results have no graph."""

    @functools.wraps(transformation)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        if mode.grad:
            return transformation(*args, **kwargs)
        apart: Function = lambda x: x.clone() if x.is_inference() else x.detach()
        with inference_mode(False):
            results = transformation(*_changed(apart, args), **kwargs)
        return _changed(Tensor.detach, results)

    return recorded


def _changed(change: Function, tree: Any) -> Any:
    return rebuilt(tree, iter([change(x) if isinstance(x, Tensor) else x for x in leaves(tree)]))


# ---- transformations ----


@overload
def grad_and_value(
    func: Callable[Concatenate[Tensor, P], Tensor], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> Callable[Concatenate[Tensor, P], tuple[Tensor, Tensor]]: ...
@overload
def grad_and_value(
    func: Callable[Concatenate[X, P], Tensor], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> Callable[Concatenate[X, P], tuple[X, Tensor]]: ...
@overload
def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function: ...
def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that returns (gradient of ``func``, its value), or (gradient, (value, aux)).

    Math    (d func(args) / d args[argnums], func(args))
    Shapes  the arguments may have any shape, the value () -> a gradient as the argument
    Raises  RuntimeError if the value is not a 0-d tensor.

    >>> minigrad.func.grad_and_value(lambda x: x ** 3)(minigrad.tensor(2.))
    (tensor(12.), tensor(8.))
    """

    @_recording
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        replaced, own = _with_own(args, argnums)
        output, aux = _apply(func, replaced, kwargs, has_aux)
        if not isinstance(output, Tensor):
            raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}")
        if output.ndim:
            raise RuntimeError(
                "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{output.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        slopes = pull_back((output,), own, (ones_like(output),), create_graph=True)
        value = _free(output, own)
        aux = _changed(lambda x: _free(x, own), aux)
        return _like_arguments(slopes, args, argnums, own), ((value, aux) if has_aux else value)

    return differentiated


@overload
def grad(
    func: Callable[Concatenate[Tensor, P], Tensor], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> Callable[Concatenate[Tensor, P], Tensor]: ...
@overload
def grad(
    func: Callable[Concatenate[X, P], Tensor], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> Callable[Concatenate[X, P], X]: ...
@overload
def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function: ...
def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that returns the gradient of ``func`` by its argument number ``argnums`` (or (gradient, aux)).

    Math    d func(args) / d args[argnums]
    Shapes  the arguments may have any shape, the value () -> as the argument
    Raises  RuntimeError if the value is not a 0-d tensor, or for no such argument; ValueError if that is not a tensor.

    >>> f = minigrad.func.grad(lambda x: x ** 3)
    >>> f(minigrad.tensor(2.)), minigrad.func.grad(f)(minigrad.tensor(2.))
    (tensor(12.), tensor(12.))
    """
    both = grad_and_value(func, argnums, has_aux)

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        slopes, value = both(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return differentiated


@overload
def vjp(
    func: Callable[..., T], *primals: Tensor, has_aux: Literal[False] = False
) -> tuple[T, Callable[[Any], tuple[Tensor, ...]]]: ...
@overload
def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any: ...
@_recording
def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The vector-Jacobian product: (func(*primals), a function from v to v^T J for each argument).

    Math    back(v)[i] = sum_k v[k] d func(*primals)[k] / d primals[i]
    Shapes  v as the output -> a tuple, each as its argument
    Raises  ValueError if an argument is not a tensor.

    >>> y, back = minigrad.func.vjp(lambda x: x ** 2, minigrad.tensor([1., 2.]))
    >>> back(minigrad.tensor([1., 1.]))
    (tensor([2., 4.]),)
    """
    argnums = tuple(range(len(primals)))
    replaced, own = _with_own(primals, argnums)
    output, aux = _apply(func, replaced, {}, has_aux)

    @_recording
    def pulled_back(v: Any) -> Any:
        slopes = pull_back(tuple(leaves(output)), own, leaves(v), create_graph=True)
        return _like_arguments(slopes, primals, argnums, own)

    value = rebuilt(output, iter([_free(y, own) for y in leaves(output)]))
    return (value, pulled_back, aux) if has_aux else (value, pulled_back)


@overload
def jvp(
    func: Callable[..., T], primals: Any, tangents: Any, *, strict: bool = False, has_aux: Literal[False] = False
) -> tuple[T, T]: ...
@overload
def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any: ...
@_recording
def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The Jacobian-vector product: (func(*primals), J u), how the output changes as the arguments move along u.

    Math    result[k] = sum_i d func(*primals)[k] / d primals[i] tangents[i]
    Shapes  tangents as the primals -> output, and a change as the output
    Raises  ValueError if an argument is not a tensor.

    >>> minigrad.func.jvp(lambda x: x ** 2, (minigrad.tensor(3.),), (minigrad.tensor(1.),))
    (tensor(9.), tensor(6.))
    """
    argnums = tuple(range(len(primals)))
    replaced, own = _with_own(tuple(primals), argnums, writable=True)
    output, aux = _apply(func, replaced, {}, has_aux)
    moves = push_forward(tuple(leaves(output)), own, leaves(tangents), create_graph=True)
    value = rebuilt(output, iter([_free(y, own) for y in leaves(output)]))
    change = rebuilt(output, iter([_free(y, own) for y in moves]))
    return (value, change, aux) if has_aux else (value, change)


@overload
def jacrev(
    func: Callable[Concatenate[Tensor, P], Tensor], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> Callable[Concatenate[Tensor, P], Tensor]: ...
@overload
def jacrev(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function: ...
def jacrev(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that returns the Jacobian of ``func``, found row by row: a backward pass for each output number.

    Math    J[k, i] = d func(args)[k] / d args[argnums][i]
    Shapes  (*output, *argument)
    Raises  RuntimeError if there is no such argument, ValueError if it is not a tensor.

    >>> minigrad.func.jacrev(lambda x: x ** 2)(minigrad.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @_recording
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        replaced, own = _with_own(args, argnums)
        output, aux = _apply(func, replaced, kwargs, has_aux)
        ends = tuple(leaves(output))
        parts = [
            _like_arguments(rows_of(ends, own, k, create_graph=True), args, argnums, own) for k in range(len(ends))
        ]
        jacobian = rebuilt(output, iter(parts))
        return (jacobian, aux) if has_aux else jacobian

    return differentiated


@overload
def jacfwd(
    func: Callable[Concatenate[Tensor, P], Tensor], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> Callable[Concatenate[Tensor, P], Tensor]: ...
@overload
def jacfwd(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function: ...
def jacfwd(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The same Jacobian, found column by column: cheaper where there are fewer argument numbers than output numbers.

    Math    J[k, i] = d func(args)[k] / d args[argnums][i]
    Shapes  (*output, *argument)
    Raises  RuntimeError if there is no such argument, ValueError if it is not a tensor.

    >>> minigrad.func.jacfwd(lambda x: x * minigrad.tensor([1., 2., 3.]))(minigrad.tensor(5.))
    tensor([1., 2., 3.])
    """

    @_recording
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        replaced, own = _with_own(args, argnums, writable=True)
        output, aux = _apply(func, replaced, kwargs, has_aux)
        ends = tuple(leaves(output))
        columns: list[list[Any]] = [[] for _ in ends]  # for each output, its derivative by each of our own
        for i, x in enumerate(own):
            still = [x.new_zeros(y.shape) for y in own]
            moved = [push_forward(ends, own, [*still[:i], unit, *still[i + 1 :]], True) for unit in unit_vectors(x)]
            for k, y in enumerate(ends):
                column = stack([move[k] for move in moved], -1) if moved else y.new_zeros((*y.shape, 0))
                columns[k].append(column.reshape((*y.shape, *x.shape)))
        jacobian = rebuilt(output, iter([_like_arguments(column, args, argnums, own) for column in columns]))
        return (jacobian, aux) if has_aux else jacobian

    return differentiated


@overload
def hessian(
    func: Callable[Concatenate[Tensor, P], Tensor], argnums: Literal[0] = 0
) -> Callable[Concatenate[Tensor, P], Tensor]: ...
@overload
def hessian(func: Function, argnums: Argnums = 0) -> Function: ...
def hessian(func: Function, argnums: Argnums = 0) -> Function:
    """A function that returns the Hessian of ``func``, every second derivative: the Jacobian of its Jacobian.

    Math    H[i, j] = d^2 func(args) / d args[argnums][i] d args[argnums][j]
    Shapes  (*output, *argument, *argument)
    Raises  RuntimeError if there is no such argument, ValueError if it is not a tensor.

    >>> minigrad.func.hessian(lambda x: (x ** 3).sum())(minigrad.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


# ---- one sample at a time ----


class VmapInfo(NamedTuple):
    """What ``vmap`` tells a Function's own ``vmap``."""

    batch_size: int
    randomness: str


def vmap(
    func: Callable[P, T],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[P, T]:
    """A function that applies ``func`` to every slice along ``in_dims`` and stacks what it returns along ``out_dims``.

    Math    y[k] = func(args[k]) for in_dims = out_dims = 0
    Shapes  arguments (n, *), or not sliced where ``in_dims`` is None -> (n, *output)
    Raises  ValueError if a sliced argument is not a tensor, or the sizes along the sliced dimensions differ;
            RuntimeError if ``func`` draws random numbers and ``randomness`` is "error".

    ``in_dims`` is a number, None (not sliced) or a tree of these like the arguments. A loop does it: the same numbers
    and gradients as torch's, not its speed. ``randomness`` says whether every slice sees the "same" random numbers or
    "different" ones.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]])
    >>> minigrad.func.vmap(minigrad.func.grad(lambda row: row.prod()))(x)
    tensor([[2., 1.],
            [4., 3.]])
    """

    if randomness not in ("error", "same", "different"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")

    def mapped(*args: Any, **kwargs: Any) -> Any:
        dims = _spread(in_dims, args)
        flat = leaves(args)
        name = getattr(func, "__name__", repr(func))
        for x, d in zip(flat, dims, strict=True):
            if d is not None and not isinstance(x, Tensor):
                raise ValueError(
                    f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but the input is of "
                    f"type {type(x)}. We cannot vmap over non-Tensor arguments, please use None as the respective "
                    "in_dim"
                )
        sizes = [x.shape[d] for x, d in zip(flat, dims, strict=True) if d is not None]
        if not sizes:
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): no input is mapped over; give an in_dim to one"
            )
        if len(set(sizes)) != 1:
            raise ValueError(
                f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
                "mapped dimension"
            )
        custom = getattr(func, "__self__", None)
        if isinstance(custom, type) and issubclass(custom, CustomFunction) and custom.vmap is not CustomFunction.vmap:
            output, ends = custom.vmap(VmapInfo(sizes[0], randomness), rebuilt(args, iter(dims)), *args)
            places = zip(leaves(output), _spread(ends, output), _spread(out_dims, output), strict=True)
            return rebuilt(output, iter([_moved(y, d, to, sizes[0]) for y, d, to in places]))
        slices = [
            rebuilt(args, iter([x if d is None else x.select(d, k) for x, d in zip(flat, dims, strict=True)]))
            for k in range(sizes[0])
        ]
        outputs = _each(func, slices, kwargs, randomness)
        if not outputs:
            raise ValueError(f"vmap({name}): the mapped dimension has size 0: there is no slice to apply it to")
        columns = zip(*[leaves(output) for output in outputs], strict=True)
        where = _spread(out_dims, outputs[0])
        return rebuilt(outputs[0], iter([stack(column, d) for column, d in zip(columns, where, strict=True)]))

    return mapped


def _moved(y: Any, d: int | None, to: int, count: int) -> Any:
    """The batch of an output at the place asked for; one for all, if it has none."""
    return y.expand(count, *y.shape).movedim(0, to) if d is None else y.movedim(d, to)


def _each(func: Function, slices: list[Any], kwargs: dict[str, Any], randomness: str) -> list[Any]:
    """What the function makes of every slice, with the random numbers that it may draw."""
    start = default_generator.state() if randomness == "same" else None
    outer, mode.random = mode.random, mode.random and randomness != "error"
    outputs = []
    try:
        for slice_ in slices:
            if start is not None:
                default_generator.restore(start)
            outputs.append(func(*slice_, **kwargs))
    finally:
        mode.random = outer
    return outputs


def _spread(dims: Any, tree: Any) -> list[Any]:
    """A dimension for every leaf of a tree: the same for all, or a tree of its own."""
    if dims is None or isinstance(dims, int):
        return [dims for _ in leaves(tree)]
    if isinstance(tree, dict):
        return [d for key, value in tree.items() for d in _spread(dims[key], value)]
    if not isinstance(tree, (list, tuple)) or len(dims) != len(tree):
        raise ValueError(f"vmap: the dims {dims} do not have the form of the tensors: give one for each")
    return [d for part, value in zip(dims, tree, strict=True) for d in _spread(part, value)]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: dict[str, Tensor] | tuple[dict[str, Tensor], ...],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    strict: bool = False,
) -> Any:
    """Call a module with these tensors in the place of the parameters and buffers of the same names.

    Math    y = module(*args), each parameter p of the module read as parameter_and_buffer_dicts["p"]
    Shapes  the tensors as those they replace -> as the module's output
    Raises  RuntimeError if ``strict`` and a name is missing or unknown.

    >>> layer = minigrad.nn.Linear(1, 1, bias=False)
    >>> loss = lambda w: minigrad.func.functional_call(layer, {"weight": w}, minigrad.tensor([3.])).sum()
    >>> minigrad.func.grad(loss)(minigrad.tensor([[2.]]))
    tensor([[3.]])
    """
    dicts = parameter_and_buffer_dicts
    values = {name: x for d in (dicts if isinstance(dicts, (list, tuple)) else [dicts]) for name, x in d.items()}
    places = _places(module)
    if strict:
        missing, unexpected = places.keys() - values.keys(), values.keys() - places.keys()
        if missing or unexpected:
            raise RuntimeError(
                f"Error(s) in functional_call for {type(module).__name__}: missing {sorted(missing)}, unexpected "
                f"{sorted(unexpected)}"
            )
    saved = {name: places[name][0][places[name][1]] for name in values if name in places}
    try:
        for name in saved:
            table, key = places[name]
            table[key] = values[name]
        args = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*args, **(kwargs or {}))
    finally:
        for name, x in saved.items():
            table, key = places[name]
            table[key] = x


def _places(module: Module) -> dict[str, tuple[dict[str, Any], str]]:
    """For each dotted name of a parameter or buffer, the table of the submodule that holds it, and its key there."""
    return {
        (f"{prefix}.{key}" if prefix else key): (table, key)
        for prefix, part in module.named_modules()
        for table in (part._parameters, part._buffers)
        for key in table
    }
