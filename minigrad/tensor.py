"""Tensor: a Variable with torch's methods. Most are names of ops (``exp = ops.exp``); what is written out here is
Python's protocols (operators, indexing, copying, pickling, printing) and attributes such as ``grad`` and ``shape``."""

from __future__ import annotations

import builtins
import copy
import typing
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar, overload

import numpy as np

from .core.beside import alias, outside, wrap_like
from .core.dtype import FROM_NUMPY, default_float, dtype
from .core.errors import truth_error, warn_of_leaving
from .core.grad_fn import hooks_of, output_of
from .core.handle import RemovableHandle, add_hook
from .core.inplace import inplace
from .core.node import Leaf, Node, Sink
from .core.observe import announce, mode, watching
from .core.op import record
from .core.public import public
from .core.variable import Variable, version_of, wrap
from .core.version import INFERENCE
from .core.views import node_of, owner, view_of, wants_grad
from .gradients import backward as run_backward
from .gradients import leaf_of, retain_grad
from .ops import attributes, cast, create, dtypes, random
from .ops.elementwise import activation, arithmetic, comparison, piecewise, signs, special, transcendental
from .ops.index import gathering, indexing, scattering, searching, sorting
from .ops.layers import embedding, softmaxes
from .ops.linalg import einsum, inverses, products
from .ops.reduce import extremes, norms, scans, statistics, sums
from .ops.shape import arranging, diagonals, joining, strided, views
from .printing import format_tensor
from .signatures.doors import put_doors
from .types import Binary, Device, Number, Operand, Size, Unary

_NUMBERS = (Variable, np.generic, int, float)

T = TypeVar("T")
Kind = TypeVar("Kind", bound="Tensor")


def _attribute(get: Callable[[Any], T], set: Callable[[Any, Any], None] | None = None) -> T:
    """A property; to a type checker, what it gives."""
    return typing.cast(T, property(get, set))


def _operator(call: Callable[..., Tensor]) -> Binary:
    """An op as one of Python's operators; for an operand that it cannot compute with, it returns NotImplemented.

    Python then asks the other operand's class. Only a PyTorch tensor is refused at once, because the message of its
    class would not say why. (Equality asks for no number: objects of two kinds are simply not equal.)
    """
    foreign = "torch" if call not in (comparison.eq, comparison.ne) else ""

    def method(self: Tensor, other: Operand) -> Tensor:
        try:
            return call(self, other)
        except TypeError:
            if isinstance(other, _NUMBERS) or type(other).__module__ == foreign:
                raise
            return NotImplemented

    return typing.cast(Binary, method)


def _unary(call: Callable[[Any], Tensor]) -> Unary:
    return typing.cast(Unary, call)


@public("minigrad")
class Tensor(Variable):
    """An n-dimensional array that remembers how it was computed.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> (x * x).sum().backward(); x.grad
    tensor([2., 4.])
    """

    def __new__(cls, *args: Any, device: Device = None) -> Self:
        """``Tensor([1, 2])`` holds those numbers in the default type, ``Tensor(2, 3)`` has those sizes; the newer
        ``tensor``, ``zeros`` and ``empty`` say which is meant."""
        made: Self = typing.cast(Any, create.tensor_of(None, args, device))
        if cls is not Tensor:
            made.__class__ = cls
        return made

    @staticmethod
    def _make_subclass(cls: builtins.type[Kind], data: Tensor, require_grad: builtins.bool = False) -> Kind:
        """The same memory as a tensor of another class, outside the graph."""
        return _as_class(data.detach(), cls).requires_grad_(require_grad)

    def as_subclass(self, cls: builtins.type[Kind]) -> Kind:
        """The same memory as a tensor of another class, in the same graph.

        >>> class Named(minigrad.Tensor): ...
        >>> type(minigrad.ones(1).as_subclass(Named)).__name__
        'Named'
        """
        return _as_class(views.view_as(self, self), cls)

    # ---- what it is ----

    @property
    def shape(self) -> Size:
        return tuple.__new__(Size, self.array.shape)  # not checked again

    @property
    def ndim(self) -> builtins.int:
        return self.array.ndim

    @property
    def dtype(self) -> dtype:
        return FROM_NUMPY[self.array.dtype]

    def dim(self) -> builtins.int:
        """The number of dimensions.

        >>> minigrad.zeros(2, 3).dim()
        2
        """
        return self.array.ndim

    def numel(self) -> builtins.int:
        """The number of elements.

        >>> minigrad.zeros(2, 3).numel()
        6
        """
        return self.array.size

    nelement = numel

    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: builtins.int) -> builtins.int: ...
    def size(self, dim: builtins.int | None = None) -> Size | builtins.int:
        """The shape, or the size of one dimension.

        Raises  IndexError if there is no such dimension.

        >>> minigrad.zeros(2, 3).size(), minigrad.zeros(2, 3).size(-1)
        (torch.Size([2, 3]), 3)
        """
        return self.shape if dim is None else self.array.shape[views.wrap_dim(dim, self.array.ndim)]

    ndimension = dim
    device = _attribute(attributes.device_of)
    layout = _attribute(attributes.layout_of)
    volatile = _attribute(attributes.volatile, attributes.set_volatile)
    itemsize = _attribute(attributes.element_size)
    nbytes = _attribute(attributes.nbytes)
    element_size = attributes.element_size
    get_device = attributes.get_device
    dim_order = attributes.dim_order
    untyped_storage = attributes.untyped_storage
    is_cpu = True
    is_cuda = is_mps = is_xpu = is_xla = is_meta = is_ipu = is_maia = is_mtia = is_vulkan = False
    is_sparse = is_sparse_csr = is_quantized = is_mkldnn = is_nested = False
    name = None
    is_conj = is_neg = is_shared = is_distributed = attributes.never
    is_pinned = attributes.is_pinned
    pin_memory = attributes.pin_memory
    share_memory_ = attributes.share_memory_
    is_floating_point = dtypes.is_floating_point
    is_complex = dtypes.is_complex
    is_signed = dtypes.is_signed
    is_nonzero = dtypes.is_nonzero
    is_same_size = attributes.is_same_size
    is_set_to = attributes.is_set_to
    real = _attribute(attributes.itself)
    imag = _attribute(attributes.imag)
    conj = conj_physical = resolve_conj = resolve_neg = attributes.itself
    to_dense = attributes.to_dense
    _base = _attribute(attributes.base)
    _is_view = attributes.is_view
    __contains__ = attributes.contains
    __dlpack__ = attributes.dlpack
    __dlpack_device__ = attributes.dlpack_device
    __array_priority__ = 1000  # ``ndarray * tensor`` reaches ``__rmul__``

    def item(self) -> Number:
        """The only element, as a Python number.

        Raises  RuntimeError if there is not exactly one.

        >>> minigrad.tensor([3]).item()
        3
        """
        if self.array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.array.size} elements cannot be converted to Scalar: item() is for one "
                f"element, this tensor is {list(self.array.shape)}; index it, or use tolist()"
            )
        number: Number = self.array.item()
        return number

    def tolist(self) -> Any:
        """The elements as nested Python lists.

        >>> minigrad.tensor([[1, 2], [3, 4]]).tolist()
        [[1, 2], [3, 4]]
        """
        return self.array.tolist()

    def __repr__(self) -> str:
        return format_tensor(self.array, self._suffixes(), default_float())

    def _suffixes(self) -> list[str]:
        if isinstance(node_of(self), Leaf):
            return ["requires_grad=True"]
        made_by = self.grad_fn
        return [] if made_by is None else [f"grad_fn=<{made_by.name()}>"]

    # ---- its place in the graph ----

    @property
    def requires_grad(self) -> builtins.bool:
        return wants_grad(self)

    @requires_grad.setter
    def requires_grad(self, value: builtins.bool) -> None:
        if not isinstance(value, builtins.bool):
            raise RuntimeError(f"requires_grad must be a bool, not {type(value).__name__}")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: builtins.bool = True) -> Self:
        """Ask for a gradient in ``.grad`` (or no longer).

        Raises  RuntimeError for integers, or if a non-leaf is told to forget its graph.

        >>> x = minigrad.ones(2).requires_grad_()
        >>> x.sum().backward(); x.grad
        tensor([1., 1.])
        """
        node = node_of(self)
        if node is not None and not isinstance(node, Leaf):
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a "
                    "computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."
                )
            return self
        if requires_grad and self.array.dtype.kind != "f":
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients, this one is "
                f"{self.dtype}; convert it with .float()"
            )
        if requires_grad and self.version is INFERENCE and not mode.inference:
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed; clone() it first."
            )
        if requires_grad and (node is None or type(node) is Sink):
            self.node = leaf = leaf_of(self) if node is None else Leaf(self)
            leaf.dtype = self.array.dtype
        elif not requires_grad and node is not None and type(node) is not Sink:
            self.__dict__["_leaf"] = node
            self.node = None
        return self

    def is_inference(self) -> builtins.bool:
        """Whether the tensor was made in inference mode.

        >>> minigrad.ones(1).is_inference()
        False
        """
        return self.version is INFERENCE

    @property
    def is_leaf(self) -> builtins.bool:
        node = node_of(self)
        return node is None or isinstance(node, Leaf)

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor, None for a leaf."""
        node = node_of(self)
        made_by: Node | None = None if isinstance(node, Leaf) else typing.cast(Any, output_of(node)[0])
        return made_by

    @property
    def output_nr(self) -> builtins.int:
        """Which output of ``grad_fn`` this tensor is."""
        return output_of(node_of(self))[1]

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have summed up here, or None."""
        node = self.node
        if isinstance(node, Leaf):
            found: Tensor | None = node.grad
            return found
        kept = self.__dict__.get("_leaf")
        if kept is not None and kept.grad is not None:
            return typing.cast(Tensor, kept.grad)
        if node is None or self.retains_grad:
            return None
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
            "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
            "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
            "by mistake, make sure you access the leaf Tensor instead. (w = w - lr * w.grad makes a new tensor, not a "
            "leaf: write w.data = w.data - lr * w.grad, or w -= lr * w.grad under torch.no_grad().)",
            UserWarning,
            stacklevel=2,
        )
        return None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value.array.shape != self.array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.array.shape)}' to a tensor of size "
                    f"'{list(self.array.shape)}': they must be the same"
                )
            if value.array.dtype != self.array.dtype:
                raise RuntimeError(
                    f"assigned grad has data of a different type: {value.dtype}, the tensor is {self.dtype}"
                )
        leaf_of(self).grad = value
        if watching:
            announce("assigned", self, "grad")

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    _grad = grad

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in ``.grad``.

        Raises  RuntimeError if the tensor needs no gradient.

        >>> x = minigrad.ones(1, requires_grad=True)
        >>> y = x * 2; y.retain_grad(); (y * 3).backward(); y.grad
        tensor([3.])
        """
        retain_grad(self)

    @property
    def retains_grad(self) -> builtins.bool:
        node = self.node
        return isinstance(node, Node) and node.hooks is not None and node.hooks.keeper is not None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: builtins.bool | None = None,
        create_graph: builtins.bool = False,
        inputs: Tensor | Iterable[Tensor] | None = None,
    ) -> None:
        """Sum the gradient of this tensor into ``.grad`` of every leaf it was computed from.

        Math    for each leaf:  leaf.grad += (d self / d leaf)^T gradient
        Shapes  self (), or any shape with a ``gradient`` of that shape
        Raises  RuntimeError if this is not a scalar and no ``gradient`` is given, if nothing requires a gradient,
                or if the graph was freed by an earlier backward.

        >>> x = minigrad.tensor([1., 2.], requires_grad=True)
        >>> (x * x).backward(minigrad.tensor([1., 10.])); x.grad
        tensor([ 2., 40.])
        """
        run_backward(self, gradient, retain_graph, create_graph, inputs)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call ``hook(gradient)`` whenever the gradient of this tensor is computed; what it returns replaces it.

        Raises  RuntimeError if the tensor needs no gradient.

        >>> x = minigrad.ones(1, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * 2).backward(); x.grad
        tensor([20.])
        """
        node = node_of(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return add_hook(hooks_of(node).before, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call ``hook(tensor)`` after a gradient was summed into this leaf's ``.grad``.

        Raises  RuntimeError for what is not a leaf that requires a gradient.

        >>> x = minigrad.ones(1, requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda leaf: print(leaf.grad))
        >>> (x * 2).backward()
        tensor([2.])
        """
        node = node_of(self)
        if not isinstance(node, Leaf):
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return add_hook(hooks_of(node).after, hook)

    def detach(self) -> Tensor:
        """The same memory, outside the graph.

        Math    y = self        no gradient passes
        Shapes  self (*) -> (*)

        >>> x = minigrad.tensor([2.], requires_grad=True)
        >>> (x * x.detach()).backward(); x.grad
        tensor([2.])
        """
        twin: Tensor = alias(self)
        return twin

    def detach_(self) -> Tensor:
        """Leave the graph: in-place version of :func:`detach`.

        Raises  RuntimeError for a view.

        >>> y = minigrad.ones(1, requires_grad=True) * 2
        >>> y.detach_().requires_grad
        False
        """
        if view_of(self) is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if isinstance(self.node, Leaf):
            self.__dict__["_leaf"] = self.node
        self.node = None
        return self

    @property
    def data(self) -> Tensor:
        """The same memory, outside the graph and outside the record of writes."""
        x: Tensor = wrap_like(self.array, self)
        if self.view_info is not None:
            base: Any = self.view_info.base
            x.view_info = outside(self.view_info, base.data)
        return x

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and value.array.dtype.kind != "f":
            raise RuntimeError(
                f"data set to a tensor that requires gradients must be floating point or complex dtype, not "
                f"{value.dtype}"
            )
        self.array = value.array
        if isinstance(self.node, Leaf):
            self.node.dtype = value.array.dtype
        if watching:
            announce("assigned", self, "data")

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    @property
    def _version(self) -> builtins.int:
        if self.version is INFERENCE:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self.version is None else self.version.count

    def numpy(self, *, force: builtins.bool = False) -> np.ndarray[Any, Any]:
        """The array itself: memory is shared.

        Raises  RuntimeError if the tensor requires a gradient (unless ``force``).

        >>> minigrad.ones(2).numpy()
        array([1., 1.], dtype=float32)
        """
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return self.array

    def __array__(self, dtype: np.dtype[Any] | None = None, copy: builtins.bool | None = None) -> np.ndarray[Any, Any]:
        array = self.numpy()
        return array if dtype is None and not copy else np.array(array, dtype, copy=copy)

    def __array_wrap__(
        self, array: np.ndarray[Any, Any], context: Any = None, return_scalar: builtins.bool = False
    ) -> Tensor:
        """What a NumPy function computed of tensors that need no gradient is a tensor again, bools as uint8."""
        return create.from_numpy(array.astype(np.uint8) if array.dtype == np.bool_ else array)

    # ---- Python's protocols ----

    def __len__(self) -> builtins.int:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return builtins.int(self.array.shape[0])

    def __bool__(self) -> builtins.bool:
        if self.array.size != 1:
            raise truth_error(self.array.shape)
        return bool(self.array.item())

    def __float__(self) -> builtins.float:
        return float(self._number(warn=True))

    def __int__(self) -> builtins.int:
        return int(self._number())

    __long__ = __int__

    def __complex__(self) -> complex:
        return complex(self._number(warn=True))

    def _number(self, warn: builtins.bool = False) -> Any:
        if self.array.size != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars, not {list(self.shape)}: take .mean(), "
                ".tolist(), or index it"
            )
        if warn and self.requires_grad:
            warn_of_leaving()
        return self.array.item()

    def __index__(self) -> builtins.int:
        if self.array.dtype.kind not in "biu" or self.array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.array.ndim == 0 else object.__format__(self, spec)

    def __deepcopy__(self, memo: dict[builtins.int, Any]) -> Self:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment: use detach() first"
            )
        if id(self) not in memo:
            array, memory = _copied_once(self.array, memo)
            memo[id(self)] = twin = _rebuild(builtins.type(self), array, False)
            twin.version = version_of(memory)
            if self.view_info is not None:
                base = alias(memory)
                base.array, _ = _copied_once(self.view_info.base.array, memo)
                twin.view_info = outside(self.view_info, base)
            twin.requires_grad_(self.requires_grad)
            if self.grad is not None:
                twin.grad = copy.deepcopy(self.grad, memo)
            twin.__dict__.update(copy.deepcopy(_user_attributes(self), memo))
        return typing.cast(Self, memo[id(self)])

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild, (builtins.type(self), self.array, self.requires_grad), _user_attributes(self) or None

    # ---- pointwise: arithmetic ----
    __add__: Binary = _operator(record(arithmetic.add))
    __radd__: Binary = __add__
    __sub__: Binary = _operator(record(arithmetic.sub))
    __rsub__: Binary = _operator(arithmetic.rsub_number)
    __mul__: Binary = _operator(arithmetic.mul)
    __rmul__: Binary = __mul__
    __truediv__: Binary = _operator(record(arithmetic.div))
    __rtruediv__: Binary = _operator(arithmetic.rdiv)
    __rdiv__: Binary = __rtruediv__
    __floordiv__: Binary = _operator(arithmetic.floor_divide)
    __rfloordiv__: Binary = _operator(arithmetic.rfloor_divide)
    __mod__: Binary = _operator(arithmetic.remainder)
    __rmod__: Binary = _operator(arithmetic.rremainder)
    __pow__: Binary = _operator(arithmetic.pow)
    __rpow__: Binary = _operator(arithmetic.rpow)
    __neg__: Unary = _unary(arithmetic.neg)
    neg = negative = arithmetic.neg
    __pos__: Unary = _unary(arithmetic.positive)
    positive = arithmetic.positive
    __abs__: Unary = _unary(piecewise.abs)
    abs = absolute = piecewise.abs
    add = arithmetic.add
    sub = subtract = arithmetic.sub
    mul = multiply = arithmetic.mul
    div = divide = true_divide = arithmetic.div
    floor_divide = arithmetic.floor_divide
    remainder = arithmetic.remainder
    fmod = arithmetic.fmod
    pow = arithmetic.pow
    square = arithmetic.square
    lerp = arithmetic.lerp
    addcmul = arithmetic.addcmul
    addcdiv = arithmetic.addcdiv
    __iadd__ = add_ = inplace(arithmetic.add)
    __isub__ = sub_ = subtract_ = inplace(arithmetic.sub)
    __imul__ = mul_ = multiply_ = inplace(arithmetic.mul)
    __itruediv__ = div_ = divide_ = true_divide_ = inplace(arithmetic.div)
    __ifloordiv__ = floor_divide_ = inplace(arithmetic.floor_divide)
    __imod__ = remainder_ = inplace(arithmetic.remainder)
    __ipow__ = pow_ = inplace(arithmetic.pow)
    fmod_ = inplace(arithmetic.fmod)
    neg_ = negative_ = inplace(arithmetic.neg)
    abs_ = absolute_ = inplace(piecewise.abs)
    square_ = inplace(arithmetic.square)
    lerp_ = inplace(arithmetic.lerp)
    addcmul_ = inplace(arithmetic.addcmul)
    addcdiv_ = inplace(arithmetic.addcdiv)

    # ---- pointwise: functions of one number ----
    exp = transcendental.exp
    exp2 = transcendental.exp2
    expm1 = transcendental.expm1
    log = transcendental.log
    log2 = transcendental.log2
    log10 = transcendental.log10
    log1p = transcendental.log1p
    sigmoid = transcendental.sigmoid
    logit = special.logit
    sqrt = transcendental.sqrt
    rsqrt = transcendental.rsqrt
    reciprocal = transcendental.reciprocal
    sin = transcendental.sin
    cos = transcendental.cos
    tan = transcendental.tan
    asin = arcsin = transcendental.asin
    acos = arccos = transcendental.acos
    atan = arctan = transcendental.atan
    atan2 = arctan2 = transcendental.atan2
    sinh = transcendental.sinh
    cosh = transcendental.cosh
    tanh = transcendental.tanh
    asinh = arcsinh = transcendental.asinh
    acosh = arccosh = transcendental.acosh
    atanh = arctanh = transcendental.atanh
    erf = special.erf
    erfc = special.erfc
    erfinv = special.erfinv
    lgamma = special.lgamma
    digamma = special.digamma
    polygamma = special.polygamma_of
    xlogy = special.xlogy
    logaddexp = special.logaddexp
    exp_ = inplace(transcendental.exp)
    exp2_ = inplace(transcendental.exp2)
    expm1_ = inplace(transcendental.expm1)
    log_ = inplace(transcendental.log)
    log2_ = inplace(transcendental.log2)
    log10_ = inplace(transcendental.log10)
    log1p_ = inplace(transcendental.log1p)
    sigmoid_ = inplace(transcendental.sigmoid)
    logit_ = inplace(special.logit)
    sqrt_ = inplace(transcendental.sqrt)
    rsqrt_ = inplace(transcendental.rsqrt)
    reciprocal_ = inplace(transcendental.reciprocal)
    sin_ = inplace(transcendental.sin)
    cos_ = inplace(transcendental.cos)
    tan_ = inplace(transcendental.tan)
    asin_ = arcsin_ = inplace(transcendental.asin)
    acos_ = arccos_ = inplace(transcendental.acos)
    atan_ = arctan_ = inplace(transcendental.atan)
    atan2_ = arctan2_ = inplace(transcendental.atan2)
    sinh_ = inplace(transcendental.sinh)
    cosh_ = inplace(transcendental.cosh)
    tanh_ = inplace(transcendental.tanh)
    asinh_ = arcsinh_ = inplace(transcendental.asinh)
    acosh_ = arccosh_ = inplace(transcendental.acosh)
    atanh_ = arctanh_ = inplace(transcendental.atanh)
    erf_ = inplace(special.erf)
    erfc_ = inplace(special.erfc)
    erfinv_ = inplace(special.erfinv)
    lgamma_ = inplace(special.lgamma)
    digamma_ = inplace(special.digamma)
    xlogy_ = inplace(special.xlogy)

    # ---- pointwise: signs, lengths, angles ----
    angle = signs.angle
    copysign = signs.copysign
    deg2rad = signs.deg2rad
    float_power = signs.float_power
    fmax = signs.fmax
    fmin = signs.fmin
    gcd = signs.gcd
    heaviside = signs.heaviside
    hypot = signs.hypot
    isneginf = signs.isneginf
    isposinf = signs.isposinf
    isreal = signs.isreal
    lcm = signs.lcm
    ldexp = signs.ldexp
    logaddexp2 = signs.logaddexp2
    rad2deg = signs.rad2deg
    sgn = signs.sgn
    signbit = signs.signbit
    sinc = signs.sinc
    copysign_ = inplace(signs.copysign)
    deg2rad_ = inplace(signs.deg2rad)
    float_power_ = signs.float_power_
    gcd_ = inplace(signs.gcd)
    heaviside_ = inplace(signs.heaviside)
    hypot_ = inplace(signs.hypot)
    lcm_ = inplace(signs.lcm)
    ldexp_ = inplace(signs.ldexp)
    rad2deg_ = inplace(signs.rad2deg)
    sgn_ = inplace(signs.sgn)
    sinc_ = inplace(signs.sinc)

    # ---- pointwise: pieces ----
    sign = piecewise.sign
    floor = piecewise.floor
    ceil = piecewise.ceil
    trunc = fix = piecewise.trunc
    frac = piecewise.frac
    round = piecewise.round
    nan_to_num = piecewise.nan_to_num
    maximum = piecewise.maximum
    minimum = piecewise.minimum
    clamp = clip = piecewise.clamp
    clamp_min = piecewise.clamp_min
    clamp_max = piecewise.clamp_max
    where = piecewise.where_of
    masked_fill = piecewise.masked_fill
    sign_ = inplace(piecewise.sign)
    floor_ = inplace(piecewise.floor)
    ceil_ = inplace(piecewise.ceil)
    trunc_ = fix_ = inplace(piecewise.trunc)
    frac_ = inplace(piecewise.frac)
    round_ = inplace(piecewise.round)
    nan_to_num_ = inplace(piecewise.nan_to_num)
    clamp_ = clip_ = inplace(piecewise.clamp)
    clamp_min_ = inplace(piecewise.clamp_min)
    clamp_max_ = inplace(piecewise.clamp_max)
    masked_fill_ = inplace(piecewise.masked_fill)
    relu = activation.relu
    prelu = activation.prelu
    hardshrink = activation.hardshrink
    relu_ = activation.relu_

    # ---- pointwise: questions ----
    __eq__: Binary = _operator(comparison.eq)  # type: ignore[assignment]
    __ne__: Binary = _operator(comparison.ne)  # type: ignore[assignment]
    __lt__: Binary = _operator(comparison.lt)
    __le__: Binary = _operator(comparison.le)
    __gt__: Binary = _operator(comparison.gt)
    __ge__: Binary = _operator(comparison.ge)
    __hash__ = object.__hash__
    eq = comparison.eq
    ne = not_equal = comparison.ne
    lt = less = comparison.lt
    le = less_equal = comparison.le
    gt = greater = comparison.gt
    ge = greater_equal = comparison.ge
    isclose = comparison.isclose
    allclose = comparison.allclose
    equal = comparison.equal
    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    logical_and = comparison.logical_and
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    logical_not = comparison.logical_not
    bitwise_and = comparison.bitwise_and
    bitwise_or = comparison.bitwise_or
    bitwise_xor = comparison.bitwise_xor
    bitwise_not = comparison.bitwise_not
    bitwise_left_shift = comparison.bitwise_left_shift
    bitwise_right_shift = comparison.bitwise_right_shift
    __and__: Binary = _operator(comparison.bitwise_and)
    __rand__: Binary = __and__
    __or__: Binary = _operator(comparison.bitwise_or)
    __ror__: Binary = __or__
    __xor__: Binary = _operator(comparison.bitwise_xor)
    __rxor__: Binary = __xor__
    __lshift__: Binary = _operator(comparison.bitwise_left_shift)
    __rshift__: Binary = _operator(comparison.bitwise_right_shift)
    __rlshift__: Binary = _operator(comparison.rlshift)
    __rrshift__: Binary = _operator(comparison.rrshift)
    __invert__: Unary = _unary(comparison.invert)
    __iand__ = bitwise_and_ = inplace(comparison.bitwise_and)
    __ior__ = bitwise_or_ = inplace(comparison.bitwise_or)
    __ixor__ = bitwise_xor_ = inplace(comparison.bitwise_xor)
    __ilshift__ = bitwise_left_shift_ = inplace(comparison.bitwise_left_shift)
    __irshift__ = bitwise_right_shift_ = inplace(comparison.bitwise_right_shift)
    bitwise_not_ = inplace(comparison.bitwise_not)
    eq_ = inplace(comparison.eq)
    ne_ = not_equal_ = inplace(comparison.ne)
    lt_ = less_ = inplace(comparison.lt)
    le_ = less_equal_ = inplace(comparison.le)
    gt_ = greater_ = inplace(comparison.gt)
    ge_ = greater_equal_ = inplace(comparison.ge)
    logical_and_ = inplace(comparison.logical_and)
    logical_or_ = inplace(comparison.logical_or)
    logical_xor_ = inplace(comparison.logical_xor)
    logical_not_ = inplace(comparison.logical_not)

    # ---- dtypes, writing over ----
    to = cast.to
    half = cast.half
    float = cast.float
    double = cast.double
    short = cast.short
    int = cast.int
    long = cast.long
    byte = cast.byte
    char = cast.char
    bool = cast.to_bool
    type = cast.type
    type_as = cast.type_as
    cpu = cast.cpu
    cuda = cast.cuda
    apply_ = attributes.apply_
    map_ = attributes.map_
    map2_ = attributes.map2_
    copy_ = cast.copy_
    fill_ = cast.fill_
    zero_ = cast.zero_

    # ---- reductions ----
    sum = sums.sum
    mean = sums.mean
    max = extremes.max
    min = extremes.min
    amax = extremes.amax
    amin = extremes.amin
    argmax = extremes.argmax
    argmin = extremes.argmin
    aminmax = extremes.aminmax
    nansum = sums.nansum
    nanmean = sums.nanmean
    logsumexp = sums.logsumexp
    all = sums.all
    any = sums.any
    count_nonzero = sums.count_nonzero
    prod = scans.prod
    cumsum = scans.cumsum
    cumprod = scans.cumprod
    logcumsumexp = scans.logcumsumexp
    cummax = scans.cummax
    cummin = scans.cummin
    diff = scans.diff
    cumsum_ = scans.cumsum_
    cumprod_ = scans.cumprod_
    var = statistics.var
    std = statistics.std
    median = statistics.median
    nanmedian = statistics.nanmedian
    quantile = statistics.quantile
    nanquantile = statistics.nanquantile
    mode = statistics.mode
    norm = norms.norm
    dist = norms.dist
    sort = sorting.sort
    argsort = sorting.argsort
    msort = sorting.msort
    topk = sorting.topk
    kthvalue = sorting.kthvalue
    unique = sorting.unique
    unique_consecutive = sorting.unique_consecutive
    bincount = sorting.bincount
    histc = sorting.histc
    softmax = softmaxes.softmax
    log_softmax = softmaxes.log_softmax

    # ---- creation ----
    new = attributes.new
    new_zeros = create.new_zeros
    new_ones = create.new_ones
    new_empty = create.new_empty
    new_full = create.new_full
    new_tensor = create.new_tensor

    # ---- shape and memory ----
    is_contiguous = views.is_contiguous
    stride = views.stride
    storage_offset = views.storage_offset
    data_ptr = views.data_ptr
    clone = views.clone
    contiguous = views.contiguous
    view = views.view
    view_as = views.view_as
    reshape = views.reshape
    reshape_as = views.reshape_as
    flatten = views.flatten
    ravel = views.ravel
    unflatten = views.unflatten
    squeeze = views.squeeze
    unsqueeze = views.unsqueeze
    transpose = swapaxes = swapdims = views.transpose
    permute = views.permute
    t = views.t
    T = _attribute(views.T)
    mT = mH = _attribute(views.mT)
    adjoint = views.mT
    H = _attribute(views.H)
    as_strided = strided.as_strided
    squeeze_ = strided.squeeze_
    unsqueeze_ = strided.unsqueeze_
    transpose_ = swapaxes_ = swapdims_ = strided.transpose_
    t_ = strided.t_
    movedim = moveaxis = views.movedim
    expand = views.expand
    expand_as = views.expand_as
    broadcast_to = views.expand
    sum_to_size = views.sum_to_size
    unfold = views.unfold
    split = joining.split
    split_with_sizes = joining.split_with_sizes
    chunk = joining.chunk
    tensor_split = joining.tensor_split
    hsplit = joining.hsplit
    vsplit = joining.vsplit
    dsplit = joining.dsplit
    unbind = joining.unbind
    __iter__ = joining.iterate

    # ---- indexing ----
    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem

    def __delitem__(self, key: Any) -> None:
        raise TypeError("Tensor does not support deleting items: select those to keep, x[mask]")

    select = indexing.select
    narrow = indexing.narrow
    index_put = indexing.index_put
    index_put_ = indexing.index_put_
    gather = gathering.gather
    take = gathering.take
    take_along_dim = gathering.take_along_dim
    index_select = gathering.index_select
    masked_select = gathering.masked_select
    nonzero = searching.nonzero
    argwhere = searching.argwhere
    scatter = scattering.scatter
    scatter_add = scattering.scatter_add
    scatter_reduce = scattering.scatter_reduce
    index_add = scattering.index_add
    index_copy = scattering.index_copy
    index_fill = scattering.index_fill
    select_scatter = scattering.select_scatter
    slice_scatter = scattering.slice_scatter
    diagonal_scatter = diagonals.diagonal_scatter
    put = scattering.put
    masked_scatter = scattering.masked_scatter
    scatter_ = scattering.scatter_
    scatter_add_ = scattering.scatter_add_
    scatter_reduce_ = scattering.scatter_reduce_
    index_add_ = scattering.index_add_
    index_copy_ = scattering.index_copy_
    index_fill_ = scattering.index_fill_
    put_ = scattering.put_
    masked_scatter_ = scattering.masked_scatter_

    # ---- order, copies, diagonals ----
    flip = arranging.flip
    __reversed__ = arranging.reverse
    fliplr = arranging.fliplr
    flipud = arranging.flipud
    roll = arranging.roll
    rot90 = arranging.rot90
    repeat = arranging.repeat
    tile = arranging.tile
    repeat_interleave = arranging.repeat_interleave
    diag = diagonals.diag
    diag_embed = diagonals.diag_embed
    diagflat = diagonals.diagflat
    diagonal = diagonals.diagonal
    fill_diagonal_ = diagonals.fill_diagonal_
    tril = diagonals.tril
    triu = diagonals.triu
    tril_ = diagonals.tril_
    triu_ = diagonals.triu_
    renorm = embedding.renorm
    renorm_ = embedding.renorm_

    # ---- linear algebra ----
    __matmul__: Binary = _operator(products.matmul)
    __rmatmul__: Binary = _operator(products.rmatmul)
    matmul = products.matmul
    mm = products.mm
    bmm = products.bmm
    mv = products.mv
    dot = products.dot
    vdot = products.vdot
    det = inverses.det
    slogdet = inverses.slogdet
    inverse = inverses.inv
    matrix_power = inverses.matrix_power
    addmm = products.addmm
    addmv = products.addmv
    addbmm = products.addbmm
    baddbmm = products.baddbmm
    outer = ger = einsum.outer
    inner = einsum.inner
    kron = einsum.kron
    cross = einsum.cross
    trace = einsum.trace
    addmm_ = inplace(products.addmm)
    addmv_ = inplace(products.addmv)
    addbmm_ = inplace(products.addbmm)
    baddbmm_ = inplace(products.baddbmm)

    # ---- random ----
    uniform_ = random.uniform_
    normal_ = random.normal_
    bernoulli_ = random.bernoulli_
    random_ = random.random_
    exponential_ = random.exponential_
    cauchy_ = random.cauchy_
    geometric_ = random.geometric_
    log_normal_ = random.log_normal_
    bernoulli = random.bernoulli
    multinomial = random.multinomial


put_doors(Tensor)


def _as_class(x: Any, cls: builtins.type[Kind]) -> Kind:
    if not (isinstance(cls, builtins.type) and issubclass(cls, Tensor)):
        raise TypeError(f"cls must be a type derived from Tensor, not {cls}")
    x.__class__ = cls
    made: Kind = x
    return made


def _user_attributes(x: Tensor) -> dict[str, Any]:
    """The attributes that a user has given to a tensor."""
    return {name: value for name, value in x.__dict__.items() if name != "_leaf"}


def _copied_once(x: Any, memo: dict[builtins.int, Any]) -> tuple[Any, Variable]:
    """A copy of an array, and the memory it looks at: copies of arrays that share memory share the copy of it."""
    whole = owner(x)
    if not (x.size and whole.flags.forc):
        copied = x.copy()
        return copied, wrap(copied)
    if id(whole) not in memo:
        memo[id(whole)] = wrap(whole.ravel("K").copy())
    memory: Variable = memo[id(whole)]
    start = x.ctypes.data - whole.ctypes.data
    return np.ndarray(x.shape, x.dtype, memory.array, start, x.strides), memory


def _rebuild(cls: builtins.type[Kind], array: np.ndarray[Any, Any], requires_grad: builtins.bool) -> Kind:
    """A tensor out of a pickle: the numbers, and whether it wants a gradient; its graph stays behind."""
    x = object.__new__(cls)
    x.array = array
    x.node = x.version = x.view_info = None
    return x.requires_grad_(requires_grad)
