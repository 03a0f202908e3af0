"""Recurrent layers, stacked or bidirectional, and single cells: ``torch.gru``, ``torch.gru_cell`` and so on.

A layer's output is the next layer's input. With two directions a layer is two, the second of which reads from the end,
and their outputs stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.dtype import Array
from ...core.variable import Variable
from ...types import Tensor
from ..checks import same_dtype
from ..shape.joining import cat, stack
from ..shape.views import reshape, transpose
from .dropout import dropout as drop
from .rnn import LAYERS

# ---- cells ----


def _cell(kind: str, x: Array, states: Sequence[Array], w_ih: Array, w_hh: Array, b_ih: Any, b_hh: Any) -> Any:
    """The new states of one step, checked as torch does.

    Raises  RuntimeError naming the sizes that do not fit, IndexError if a tensor has too few dimensions.
    """
    cell, layer = LAYERS[kind]
    for tensor in (x, *states, w_ih, w_hh):
        if tensor.ndim < 2:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-1, 0], but got 1): {kind}_cell takes an input "
                "(batch, input_size) and states (batch, hidden_size); unsqueeze(0) a single sample"
            )
    if x.shape[1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {x.shape[1]} expected {w_ih.shape[1]}")
    for k, h in enumerate(states):
        if x.shape[0] != h.shape[0]:
            raise RuntimeError(f"Input batch size {x.shape[0]} doesn't match hidden{k} batch size {h.shape[0]}")
        if h.shape[1] != w_hh.shape[1]:
            raise RuntimeError(f"hidden{k} has inconsistent hidden_size: got {h.shape[1]}, expected {w_hh.shape[1]}")
    rows = cell.gates * w_hh.shape[1]
    for name, w in {"weight_ih": w_ih, "weight_hh": w_hh, "bias_ih": b_ih, "bias_hh": b_hh}.items():
        if w is not None and w.shape[0] != rows:
            raise RuntimeError(f"{name} first dim must be {cell.gates} * hidden_size = {rows}, but got {w.shape[0]}")
    same_dtype(f"{kind}_cell", *[t for t in (x, *states, w_ih, w_hh, b_ih, b_hh) if t is not None])
    h, c = (*states, None)[:2]
    _, *after = layer((x, h, c, w_ih, w_hh, b_ih, b_hh, None), (x.shape[0],), False)
    return after


def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of the plain recurrence.

    Math    h' = tanh(W_ih input + b_ih + W_hh h + b_hh)        da = g (1 - h'^2), d_input = W_ih^T da, dh = W_hh^T da
    Shapes  input (B, I), h (B, H), w_ih (H, I), w_hh (H, H), biases (H) -> (B, H)
    Raises  RuntimeError naming the sizes that do not fit.

    >>> w = minigrad.ones(1, 1, requires_grad=True)
    >>> minigrad.rnn_tanh_cell(minigrad.ones(1, 1), minigrad.zeros(1, 1), w, w).backward(); w.grad
    tensor([[0.4200]])
    """
    return _cell("rnn_tanh", input, [hx], w_ih, w_hh, b_ih, b_hh)[0]


def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of the plain recurrence with relu: ``rnn_tanh_cell`` with another activation.

    Math    h' = relu(W_ih input + b_ih + W_hh h + b_hh)        da = g where h' > 0, else 0
            d_input = W_ih^T da, dh = W_hh^T da
    Shapes  input (B, I), h (B, H), w_ih (H, I), w_hh (H, H), biases (H) -> (B, H)
    Raises  RuntimeError naming the sizes that do not fit.

    >>> w = minigrad.ones(1, 1, requires_grad=True)
    >>> minigrad.rnn_relu_cell(minigrad.ones(1, 1), minigrad.zeros(1, 1), w, w).backward(); w.grad
    tensor([[1.]])
    """
    return _cell("rnn_relu", input, [hx], w_ih, w_hh, b_ih, b_hh)[0]


def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of the long short-term memory; ``hx`` is (h, c).

    Math    i, f, g, o = W_ih input + b_ih + W_hh h + b_hh, through sigmoid, sigmoid, tanh, sigmoid
            c' = f c + i g        h' = o tanh(c')        dc = (dc' + dh' o (1 - tanh^2 c')) f
    Shapes  input (B, I), h and c (B, H), w_ih (4 H, I), w_hh (4 H, H), biases (4 H) -> h' and c' (B, H)
    Raises  RuntimeError naming the sizes that do not fit.

    >>> x, c = minigrad.zeros(1, 1), minigrad.ones(1, 1, requires_grad=True)
    >>> h, after = minigrad.lstm_cell(x, (x, c), minigrad.zeros(4, 1), minigrad.zeros(4, 1))
    >>> after.backward(); c.grad
    tensor([[0.5000]])
    """
    if not isinstance(hx, (tuple, list)):
        raise TypeError(
            f"lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not {type(hx).__name__}: give (h, c)"
        )
    if len(hx) != 2:
        raise RuntimeError(f"lstm_cell expects two hidden states, (h, c), but got {len(hx)}")
    h, c = _cell("lstm", input, hx, w_ih, w_hh, b_ih, b_hh)
    return h, c


def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of the gated recurrent unit.

    Math    r, z = sigmoid(W_ih input + b_ih + W_hh h + b_hh), the first two blocks of rows
            n = tanh(W_in input + b_in + r (W_hn h + b_hn)), the third        h' = (1 - z) n + z h        dh = g z + ...
    Shapes  input (B, I), h (B, H), w_ih (3 H, I), w_hh (3 H, H), biases (3 H) -> (B, H)
    Raises  RuntimeError naming the sizes that do not fit.

    >>> x, h = minigrad.zeros(1, 1), minigrad.ones(1, 1, requires_grad=True)
    >>> minigrad.gru_cell(x, h, minigrad.zeros(3, 1), minigrad.zeros(3, 1)).backward(); h.grad
    tensor([[0.5000]])
    """
    return _cell("gru", input, [hx], w_ih, w_hh, b_ih, b_hh)[0]


# ---- stacks ----


def run_stack(
    kind: str,
    data: Array,
    batch_sizes: Sequence[int],
    states: Sequence[Array],
    params: Sequence[Array],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Array, ...]:
    """All layers over packed rows: (output, last h) or, for the LSTM, (output, last h, last c).

    Shapes  data (N, I), states (layers * directions, B, H) -> (N, directions * H) and the states'
    Raises  RuntimeError if the number or the sizes of the tensors do not fit.
    """
    _, layer = LAYERS[kind]
    if not batch_sizes:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN: the input has no steps")
    directions = 2 if bidirectional else 1
    projected = kind == "lstm" and states[0].shape[2] != states[1].shape[2]
    per = 2 + 2 * has_biases + projected
    if len(params) != per * num_layers * directions:
        raise RuntimeError(
            f"got an incorrect number of RNN parameters: {len(params)}; {num_layers} layers in {directions} "
            f"direction(s) have {per} each"
        )
    if any([s.shape[0] < num_layers * directions for s in states]):
        raise RuntimeError(
            f"Expected more hidden states in stacked_rnn: one for each of {num_layers} layers in {directions} "
            f"direction(s), but hx is {list(states[0].shape)}"
        )
    same_dtype(kind, data, *states, *params)
    last: list[list[Array]] = []
    for number in range(num_layers):
        outputs = []
        for direction in range(directions):
            k = number * directions + direction
            w_ih, w_hh, *rest = params[k * per : (k + 1) * per]
            b_ih, b_hh = rest[:2] if has_biases else (None, None)
            h, c = (*[s[k] for s in states], None)[:2]
            _check_layer(data, batch_sizes, h, w_ih, w_hh)
            w_hr = rest[-1] if projected else None
            y, *after = layer((data, h, c, w_ih, w_hh, b_ih, b_hh, w_hr), tuple(batch_sizes), direction == 1)
            outputs.append(y)
            last.append(after)
        data = cat(outputs, 1) if bidirectional else outputs[0]
        if dropout and train and number + 1 < num_layers:
            data = drop(data, dropout)
    return (data, *[stack(s) for s in zip(*last, strict=True)])


def _check_layer(x: Array, batch_sizes: Sequence[int], h: Any, w_ih: Array, w_hh: Array) -> None:
    for name, size, w in (("input", x.shape[1], w_ih), ("hx", h.shape[1], w_hh)):
        if size != w.shape[1]:
            raise RuntimeError(
                f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{size} and {w.shape[1]}x{w.shape[0]}): "
                f"{name} has {size} features, its weights are {list(w.shape)}"
            )
    if h.shape[0] != batch_sizes[0]:
        raise RuntimeError(
            f"The size of tensor a ({batch_sizes[0]}) must match the size of tensor b ({h.shape[0]}) at non-singleton "
            "dimension 0: a batch of the input and of hx must have the same number of sequences"
        )


def _sequence(kind: str, args: tuple[Any, ...]) -> tuple[Array, ...]:
    """Both of torch's forms: padded (input, hx, params, ...) and packed (data, batch_sizes, hx, params, ...)."""
    packed = len(args) > 3 and isinstance(args[3], (list, tuple))
    if len(args) != 9:
        raise TypeError(
            f"{kind}() takes (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first) "
            "or (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional), got "
            f"{len(args)} arguments"
        )
    if packed:
        data, batch_sizes, hx, *rest = args
        return run_stack(kind, data, batch_sizes.tolist(), _states(kind, hx), *rest)
    x, hx, *rest, batch_first = args
    states = _states(kind, hx)
    if x.ndim != 3:
        raise (RuntimeError if x.ndim else IndexError)(
            f"{kind}: got an incorrect number of dimensions: the input is (length, batch, size), not {list(x.shape)}"
        )
    steps = transpose(x, 0, 1) if batch_first else x
    length, batch, _ = steps.shape
    rows = reshape(steps, (length * batch, steps.shape[2]))
    y, *last = run_stack(kind, rows, [batch] * length, states, *rest)
    y = reshape(y, (length, batch, y.shape[1]))
    return (transpose(y, 0, 1) if batch_first else y, *last)


def _states(kind: str, hx: Any) -> list[Array]:
    if kind == "lstm" and (isinstance(hx, Variable) or len(hx) != 2):
        raise RuntimeError("lstm expects two hidden states: hx is (h, c)")
    states = list(hx) if kind == "lstm" else [hx]
    if kind == "lstm" and min([s.ndim for s in states]) < 3:
        raise IndexError("Dimension out of range: lstm expects hidden states (layers, batch, size)")
    return states


def rnn_tanh(*args: Any) -> tuple[Tensor, ...]:
    """Layers of ``rnn_tanh_cell`` over all steps: (output, last h).

    ``rnn_tanh(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or packed
    ``rnn_tanh(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``.

    Math    h_t = tanh(W_ih input_t + b_ih + W_hh h_(t-1) + b_hh)        dh_(t-1) = W_hh^T (dh_t (1 - h_t^2))
    Shapes  input (T, B, I) or, batch first, (B, T, I); hx (layers * directions, B, H)
    Raises  RuntimeError if the number or the sizes of the tensors do not fit.

    >>> x, h, w = minigrad.ones(2, 1, 1), minigrad.zeros(1, 1, 1), minigrad.ones(1, 1, requires_grad=True)
    >>> y, _ = minigrad.rnn_tanh(x, h, [w, w], False, 1, 0.0, True, False, False)
    >>> y[-1].backward(); w.grad
    tensor([[0.2429]])
    """
    return _sequence("rnn_tanh", args)


def rnn_relu(*args: Any) -> tuple[Tensor, ...]:
    """Layers of ``rnn_relu_cell`` over all steps: (output, last h); arguments as ``rnn_tanh``.

    Math    h_t = relu(W_ih input_t + b_ih + W_hh h_(t-1) + b_hh)        dh_(t-1) = W_hh^T (dh_t where h_t > 0, else 0)
    Shapes  input (T, B, I) or, batch first, (B, T, I); hx (layers * directions, B, H)
    Raises  RuntimeError if the number or the sizes of the tensors do not fit.

    >>> x, h, w = minigrad.ones(2, 1, 1), minigrad.zeros(1, 1, 1), minigrad.ones(1, 1, requires_grad=True)
    >>> y, _ = minigrad.rnn_relu(x, h, [w, w], False, 1, 0.0, True, False, False)
    >>> y[-1].backward(); w.grad
    tensor([[3.]])
    """
    return _sequence("rnn_relu", args)


def lstm(*args: Any) -> tuple[Tensor, ...]:
    """Layers of ``lstm_cell`` over all steps: (output, last h, last c); arguments as ``rnn_tanh``, hx is (h, c).

    If h has fewer features than c, each layer projects its h: a fifth parameter, (features of h, features of c).

    Math    i, f, g, o from input_t and h_(t-1) as ``lstm_cell`` has it
            c_t = f c_(t-1) + i g        h_t = o tanh(c_t)        dc_(t-1) = f dc_t
    Shapes  input (T, B, I) or, batch first, (B, T, I); h and c (layers * directions, B, H)
    Raises  RuntimeError if the number or the sizes of the tensors do not fit.
    Source  Hochreiter & Schmidhuber, Long short-term memory (1997)

    >>> x, c = minigrad.zeros(2, 1, 1), minigrad.ones(1, 1, 1, requires_grad=True)
    >>> w = [minigrad.zeros(4, 1), minigrad.zeros(4, 1)]
    >>> _, _, last = minigrad.lstm(x, (minigrad.zeros(1, 1, 1), c), w, False, 1, 0.0, True, False, False)
    >>> last.backward(); c.grad
    tensor([[[0.2500]]])
    """
    return _sequence("lstm", args)


def gru(*args: Any) -> tuple[Tensor, ...]:
    """Layers of ``gru_cell`` over all steps: (output, last h); arguments as ``rnn_tanh``.

    Math    r, z, n from input_t and h_(t-1) as ``gru_cell`` has it        h_t = (1 - z) n + z h_(t-1)
            dh_(t-1) = z dh_t + ...
    Shapes  input (T, B, I) or, batch first, (B, T, I); hx (layers * directions, B, H)
    Raises  RuntimeError if the number or the sizes of the tensors do not fit.
    Source  Cho et al., Learning phrase representations using RNN encoder-decoder (2014)

    >>> x, h = minigrad.zeros(2, 1, 1), minigrad.ones(1, 1, 1, requires_grad=True)
    >>> w = [minigrad.zeros(3, 1), minigrad.zeros(3, 1)]
    >>> _, last = minigrad.gru(x, h, w, False, 1, 0.0, True, False, False)
    >>> last.backward(); h.grad
    tensor([[[0.2500]]])
    """
    return _sequence("gru", args)
