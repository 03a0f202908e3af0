"""Recurrent layers: a state that is handed from step to step, and the same weights at every step.

Parameters have torch's names, shapes, order and draws: ``weight_ih_l0`` (input to hidden, layer 0), ``weight_hh_l0``
(hidden to hidden), ``bias_ih_l0``, ``bias_hh_l0``, with ``_reverse`` for the direction that reads from the end; all are
uniform in +-1/sqrt(hidden_size).
"""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast, overload

from ...core.errors import layer_being_made
from ...ops.create import empty, zeros
from ...ops.layers.recurrent import gru, gru_cell, lstm, lstm_cell, rnn_relu, rnn_relu_cell, rnn_tanh, rnn_tanh_cell
from ...tensor import Tensor
from ...types import Device, DType
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

MODES = {"RNN_TANH": (rnn_tanh, 1), "RNN_RELU": (rnn_relu, 1), "LSTM": (lstm, 4), "GRU": (gru, 3)}  # and gates

State = TypeVar("State")


class Recurrent(Protocol[State]):
    """How a recurrent layer is called: the output comes in the form of the input, padded or packed."""

    @overload
    def __call__(self, input: Tensor, hx: State | None = None) -> tuple[Tensor, State]: ...
    @overload
    def __call__(self, input: PackedSequence, hx: State | None = None) -> tuple[PackedSequence, State]: ...


class RNNBase(Module):
    """Base of RNN, LSTM and GRU: parameters, checks, and the handling of padded, packed and single sequences.

    Math    h_t = cell(input_t, h_(t-1)), h_0 = hx, for each layer and direction, stacked
    Shapes  input (T, B, I), hx (layers * directions, B, H) -> output (T, B, directions * H), last state as hx
    Raises  ValueError or TypeError for bad arguments; ValueError or RuntimeError naming the sizes that do not fit.
    """

    _flat_weights_names: list[str]
    _all_weights: list[list[str]]

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_arguments()
        self.dropout = float(dropout)

        rows = MODES[mode][1] * hidden_size
        shown = proj_size or hidden_size  # features of h
        directions = 2 if bidirectional else 1
        self._flat_weights_names = []
        self._all_weights = []
        for layer in range(num_layers):
            features = input_size if layer == 0 else directions * shown
            for suffix in ("", "_reverse")[:directions]:
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, features), "weight_hh": (rows, shown)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._flat_weights_names += names
                self._all_weights.append(names)
        self.reset_parameters()

    def _check_arguments(self) -> None:
        p = self.dropout
        if not isinstance(p, numbers.Number) or isinstance(p, bool) or not 0 <= p <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if p > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={p} and num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name, kind in (("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                hint = layer_being_made() if isinstance(value, Tensor) else ""
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}{hint}")
        for name in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in MODES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        _draw(self)

    def flatten_parameters(self) -> None:
        """Nothing: it is for cuDNN, which wants all weights in one piece of memory."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def forward(self, input: Any, hx: Any = None) -> Any:
        packed = isinstance(input, PackedSequence)
        data = input.data if packed else input
        self._check_input(data, packed)
        states = self._given(hx)
        alone = data.dim() == 2 and not packed  # one sequence, without a batch
        if states and not packed:
            self._check_dims(data, states)
        if alone:
            data = data.unsqueeze(0 if self.batch_first else 1)
            states = [s.unsqueeze(1) for s in states]
        batch = int(input.batch_sizes[0]) if packed else data.shape[0 if self.batch_first else 1]
        sizes = self._state_sizes(batch)
        states = states or [zeros(size, dtype=data.dtype) for size in sizes]
        self._check_states(states, sizes)
        if packed and input.sorted_indices is not None:
            states = [s.index_select(1, input.sorted_indices) for s in states]

        weights = [getattr(self, name) for name in self._flat_weights_names]
        options = (weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        run, state = MODES[self.mode][0], states if self.mode == "LSTM" else states[0]
        if packed:
            y, *last = run(data, input.batch_sizes, state, *options)
            if input.unsorted_indices is not None:
                last = [s.index_select(1, input.unsorted_indices) for s in last]
            return input._replace(data=y), self._returned(last)
        y, *last = run(data, state, *options, self.batch_first)
        if alone:
            y = y.squeeze(0 if self.batch_first else 1)
            last = [s.squeeze(1) for s in last]
        return y, self._returned(last)

    def _given(self, hx: Any) -> list[Tensor]:
        return [] if hx is None else [hx]

    def _returned(self, last: list[Tensor]) -> Any:
        return last[0]

    def _state_sizes(self, batch: int) -> list[tuple[int, int, int]]:
        layers = self.num_layers * (2 if self.bidirectional else 1)
        return [(layers, batch, self.proj_size or self.hidden_size)]

    def _check_input(self, x: Tensor, packed: bool) -> None:
        if not packed and x.dim() not in (2, 3):
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {x.dim()}D instead")
        if packed and x.dim() != 2:
            raise RuntimeError(f"input must have 2 dimensions, got {x.dim()}: the data of packed sequences of vectors")
        own = getattr(self, self._flat_weights_names[0]).dtype
        if x.dtype != own:
            raise ValueError(
                f"RNN input dtype ({x.dtype}) does not match weight dtype ({own}). Convert input: input.to({own}), or "
                f"convert model: model.to({x.dtype})"
            )
        if x.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.shape[-1]}"
            )

    def _check_dims(self, x: Tensor, states: list[Tensor]) -> None:
        dims = [s.dim() for s in states]
        if any([d != x.dim() for d in dims]):
            what = f"For {'un' if x.dim() == 2 else ''}batched {x.dim()}-D input, hx{' and cx' * (len(dims) > 1)}"
            raise RuntimeError(
                f"{what} should also be {x.dim()}-D but got {', '.join(f'{d}-D' for d in dims)} "
                f"tensor{'s' * (len(dims) > 1)}"
            )

    def _check_states(self, states: list[Tensor], sizes: list[tuple[int, int, int]]) -> None:
        for k, (s, size) in enumerate(zip(states, sizes, strict=True)):
            if s.shape != size:
                which = f"hidden[{k}]" if len(sizes) > 1 else "hidden"
                raise RuntimeError(f"Expected {which} size {size}, got {list(s.shape)}")

    def extra_repr(self) -> str:
        defaults = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0,
                    "bidirectional": False}  # fmt: skip
        shown = [f"{name}={getattr(self, name)}" for name, value in defaults.items() if getattr(self, name) != value]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *shown])


def _draw(module: Any) -> None:
    bound = 1 / math.sqrt(module.hidden_size) if module.hidden_size > 0 else 0
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound)


def _refuse_projection(options: dict[str, Any]) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """Recurrent network of Elman: the same affine maps of input and state at every step, through tanh or relu.

    Math    h_t = tanh(weight_ih input_t + bias_ih + weight_hh h_(t-1) + bias_hh), or relu for tanh; h_0 = hx
            d_h_(t-1) = weight_hh^T ((1 - h_t^2) d_h_t), + the gradient of output_(t-1)

    ``RNN(input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False, dropout=0.0,
    bidirectional=False)``; dropout acts between layers, while training.

    Shapes  input (T, B, I), batch first (B, T, I), a single sequence (T, I), or a PackedSequence;
            hx (layers * directions, B, H), without B for a single sequence, zeros if not given
            -> output (T, B, directions * H) of the last layer, in the input's form, and the last h, as hx
    Init    uniform in +-1/sqrt(hidden_size)
    Raises  ValueError or RuntimeError naming the sizes that do not fit.
    Source  Elman, Finding structure in time (1990)

    >>> rnn = minigrad.nn.RNN(2, 3, bidirectional=True)
    >>> output, h = rnn(minigrad.zeros(5, 1, 2)); output.shape, h.shape
    (torch.Size([5, 1, 6]), torch.Size([2, 1, 3]))
    >>> h.sum().backward(); rnn.weight_hh_l0.grad.shape
    torch.Size([3, 3])
    """

    nonlinearity: str

    if TYPE_CHECKING:  # at run time RNNBase knows the arguments
        __call__: Recurrent[Tensor]

        def __init__(
            self,
            input_size: int,
            hidden_size: int,
            num_layers: int = 1,
            nonlinearity: Literal["tanh", "relu"] = "tanh",
            bias: bool = True,
            batch_first: bool = False,
            dropout: float = 0.0,
            bidirectional: bool = False,
            device: Device = None,
            dtype: DType = None,
        ) -> None: ...

    else:

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            _refuse_projection(kwargs)
            if len(args) > 3:
                nonlinearity, args = args[3], (*args[:3], *args[4:])
            else:
                nonlinearity = kwargs.pop("nonlinearity", "tanh")
            if nonlinearity not in ("tanh", "relu"):
                raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
            super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
            self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory: a recurrent network whose cell state c changes through input, forget and output gates.

    Math    i, f, o = sigmoid(weight_ih input_t + bias_ih + weight_hh h_(t-1) + bias_hh), a block of rows each
            n = tanh(the fourth block);  c_t = f c_(t-1) + i n;  h_t = o tanh(c_t);  (h_0, c_0) = hx
            d_c_(t-1) = f d_c_t: this way back passes through no weight
            with ``proj_size``, h_t = weight_hr o tanh(c_t)

    ``LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False,
    proj_size=0)``; with ``proj_size`` h has so many features, c still ``hidden_size``.

    Shapes  input and output as for ``RNN``; the state, given and returned, is (h, c)
    Init    uniform in +-1/sqrt(hidden_size)
    Raises  ValueError or RuntimeError naming the sizes that do not fit.
    Source  Hochreiter & Schmidhuber 1997; Sak et al. 2014, https://arxiv.org/abs/1402.1128 (projection)

    >>> lstm = minigrad.nn.LSTM(2, 3, batch_first=True)
    >>> output, (h, c) = lstm(minigrad.zeros(1, 5, 2)); output.shape, h.shape, c.shape
    (torch.Size([1, 5, 3]), torch.Size([1, 1, 3]), torch.Size([1, 1, 3]))
    >>> c.sum().backward(); lstm.weight_ih_l0.grad.shape
    torch.Size([12, 2])
    """

    if TYPE_CHECKING:  # at run time RNNBase knows the arguments
        __call__: Recurrent[tuple[Tensor, Tensor]]

        def __init__(
            self,
            input_size: int,
            hidden_size: int,
            num_layers: int = 1,
            bias: bool = True,
            batch_first: bool = False,
            dropout: float = 0.0,
            bidirectional: bool = False,
            proj_size: int = 0,
            device: Device = None,
            dtype: DType = None,
        ) -> None: ...

    else:

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__("LSTM", *args, **kwargs)

    def _given(self, hx: Any) -> list[Tensor]:
        try:
            return [] if hx is None else [hx[0], hx[1]]
        except IndexError as error:
            raise IndexError(f"{error}: an LSTM takes a pair of states, lstm(x, (h_0, c_0))") from None

    def _returned(self, last: list[Tensor]) -> Any:
        return tuple(last)

    def _state_sizes(self, batch: int) -> list[tuple[int, int, int]]:
        (h,) = super()._state_sizes(batch)
        return [h, (h[0], batch, self.hidden_size)]


class GRU(RNNBase):
    """Gated recurrent unit: a recurrent network whose state changes through a reset gate and an update gate.

    Math    a = weight_ih input_t + bias_ih, b = weight_hh h_(t-1) + bias_hh, each three blocks of rows, for r, z and n
            r = sigmoid(a_r + b_r),  z = sigmoid(a_z + b_z),  n = tanh(a_n + r b_n)
            h_t = (1 - z) n + z h_(t-1), h_0 = hx        d_h_(t-1) = z d_h_t + what passes through the gates

    ``GRU(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False)``

    Shapes  as for ``RNN``: input (T, B, I), hx (layers * directions, B, H) -> output (T, B, directions * H), last h
    Init    uniform in +-1/sqrt(hidden_size)
    Raises  ValueError or RuntimeError naming the sizes that do not fit.
    Source  Cho et al. 2014, https://arxiv.org/abs/1406.1078

    >>> gru = minigrad.nn.GRU(2, 3, num_layers=2)
    >>> output, h = gru(minigrad.zeros(5, 2)); output.shape, h.shape
    (torch.Size([5, 3]), torch.Size([2, 3]))
    >>> output[-1].sum().backward(); gru.bias_hh_l1.grad.shape
    torch.Size([9])
    """

    if TYPE_CHECKING:  # at run time RNNBase knows the arguments
        __call__: Recurrent[Tensor]

        def __init__(
            self,
            input_size: int,
            hidden_size: int,
            num_layers: int = 1,
            bias: bool = True,
            batch_first: bool = False,
            dropout: float = 0.0,
            bidirectional: bool = False,
            device: Device = None,
            dtype: DType = None,
        ) -> None: ...

    else:

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            _refuse_projection(kwargs)
            super().__init__("GRU", *args, **kwargs)


# ---- single cells ----


class RNNCellBase(Module):
    """Base of the recurrent cells: their parameters, and the handling of a sample without a batch.

    Math    h' = cell(input, hx)
    Shapes  input (B, I) or (I), hx (B, H) or (H), zeros if not given -> as hx
    Raises  ValueError for another number of dimensions.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        shapes = {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }
        for name, shape in shapes.items():
            wanted = bias or name.startswith("weight")
            self.register_parameter(name, Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        _draw(self)

    def _step(self, cell: Callable[..., State], x: Tensor, hx: Any) -> State:
        """One step of ``cell``; ``hx`` is a state, or a tuple of states."""
        name = self._get_name()
        pair = isinstance(hx, (tuple, list))
        if x.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {x.dim()}D instead")
        for k, s in enumerate(hx if pair else [hx]):
            if s is not None and s.dim() not in (1, 2):
                raise ValueError(
                    f"{name}: Expected {f'hx[{k}]' if pair else 'hidden'} to be 1D or 2D, got {s.dim()}D instead"
                )
        alone = x.dim() == 1
        if alone:
            x = x.unsqueeze(0)
            hx = tuple([s.unsqueeze(0) for s in hx]) if pair else None if hx is None else hx.unsqueeze(0)
        if hx is None:
            h = zeros(x.shape[0], self.hidden_size, dtype=x.dtype)
            hx = (h, h) if cell is lstm_cell else h
        after: Any = cell(x, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        if not alone:
            return cast(State, after)
        return cast(State, tuple([s.squeeze(0) for s in after]) if isinstance(after, tuple) else after.squeeze(0))

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}" + (", bias=False" if self.bias is not True else "")
        nonlinearity = self.__dict__.get("nonlinearity", "tanh")
        return shown + (f", nonlinearity={nonlinearity}" if nonlinearity != "tanh" else "")


class RNNCell(RNNCellBase):
    """One step of the recurrent network of Elman.

    Math    h' = tanh(weight_ih input + bias_ih + weight_hh hx + bias_hh), or relu for tanh
            d_hx = weight_hh^T (g (1 - h'^2))
    Shapes  input (B, I) or (I), hx (B, H) or (H), zeros if not given -> as hx
    Init    uniform in +-1/sqrt(hidden_size)
    Raises  ValueError or RuntimeError naming the sizes that do not fit.

    >>> cell = minigrad.nn.RNNCell(2, 3)
    >>> h = minigrad.zeros(1, 3)
    >>> for x in minigrad.zeros(5, 1, 2):  # over time, by hand
    ...     h = cell(x, h)
    >>> h.sum().backward(); cell.weight_hh.grad.shape
    torch.Size([3, 3])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        cells = {"tanh": rnn_tanh_cell, "relu": rnn_relu_cell}
        if self.nonlinearity not in cells:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}; choose 'tanh' or 'relu'")
        return self._step(cells[self.nonlinearity], input, hx)


class LSTMCell(RNNCellBase):
    """One step of the long short-term memory: (h, c) -> (h', c').

    Math    i, f, o = sigmoid(weight_ih input + bias_ih + weight_hh h + bias_hh), n = tanh(a fourth block)
            (h, c) = hx,  c' = f c + i n,  h' = o tanh(c')        d_c = f d_c'
    Shapes  input (B, I) or (I), hx a pair of (B, H) or (H), zeros if not given -> as hx
    Init    uniform in +-1/sqrt(hidden_size)
    Raises  ValueError or RuntimeError naming the sizes that do not fit.

    >>> cell = minigrad.nn.LSTMCell(2, 3)
    >>> h, c = cell(minigrad.zeros(1, 2)); h.shape, c.shape
    (torch.Size([1, 3]), torch.Size([1, 3]))
    >>> h.sum().backward(); cell.bias_hh.grad.shape
    torch.Size([12])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Device = None, dtype: DType = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        return self._step(lstm_cell, input, hx)


class GRUCell(RNNCellBase):
    """One step of the gated recurrent unit: h -> h'.

    Math    a = weight_ih input + bias_ih, b = weight_hh hx + bias_hh, each three blocks of rows, for r, z and n
            r = sigmoid(a_r + b_r),  z = sigmoid(a_z + b_z),  n = tanh(a_n + r b_n)
            h' = (1 - z) n + z hx        d_hx = g z + what passes through the gates
    Shapes  input (B, I) or (I), hx (B, H) or (H), zeros if not given -> as hx
    Init    uniform in +-1/sqrt(hidden_size)
    Raises  ValueError or RuntimeError naming the sizes that do not fit.

    >>> cell = minigrad.nn.GRUCell(2, 3)
    >>> h = cell(minigrad.zeros(1, 2)); h.shape
    torch.Size([1, 3])
    >>> h.sum().backward(); cell.bias_hh.grad.shape
    torch.Size([9])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Device = None, dtype: DType = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(gru_cell, input, hx)
