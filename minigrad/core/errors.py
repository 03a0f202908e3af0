"""Messages that name the op, the argument, the shapes, and what to do."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from .public import public

_HERE = (os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep, "<record of ", "<backward of ")
"""How the names of minigrad's files begin, those of generated text among them."""

_BETWEEN = (*_HERE, os.path.dirname(np.__file__) + os.sep, contextlib.__file__)
"""Those, and of what may stand between the user's line and an op: blocks, and decorators of NumPy."""


@public("minigrad.linalg")
class LinAlgError(RuntimeError):
    """An equation of matrices that has no solution."""


def user_frame() -> Any:
    """The innermost frame of the user's, None if there is none."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        frame = frame.f_back
    return frame


def user_line() -> str:
    """``file.py:12`` of the innermost frame outside minigrad."""
    frame = user_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "?"


def user_trace() -> str:
    """The call stack outside minigrad, as a traceback prints it."""
    import traceback

    frames = [f for f in traceback.extract_stack() if not f.filename.startswith(_HERE)]
    return "".join(traceback.format_list(frames))


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, at the innermost line outside minigrad, of what it asks for."""
    level, frame = 2, sys._getframe(1)
    while frame.f_code.co_filename.startswith(_HERE) and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def kind_of(x: Any) -> str:
    """What an object is, for a message. PyTorch's tensors are told from ours, whose class has the same name."""
    name = type(x).__name__
    if type(x).__module__.partition(".")[0] != "torch":
        return name
    return f"torch.{name} of PyTorch (was only one of the imports changed? minigrad.tensor(x) makes a Tensor of it)"


def no_tensor(x: Any) -> str:
    """What stands where a Tensor should, and how a Tensor comes of it."""
    name = type(x).__name__
    if isinstance(x, type) and hasattr(x, "forward"):
        return f"type: {make_first(x)}"
    if hasattr(x, "forward"):
        return f"{name}, a layer that was made but not called: {make_first(type(x))}"
    if x is None:
        return "NoneType: is a return missing, at the end of a forward?"
    if name == "PackedSequence":
        return f"{name}: its numbers are in .data, and pad_packed_sequence unpacks it"
    if isinstance(x, tuple):
        return f"{name} of {len(x)}: take one of them, as in out, hidden = rnn(x)"
    if isinstance(x, (list, int, float)):
        return f"{name}: torch.tensor makes a Tensor of it"
    if name == "ndarray":
        return "numpy.ndarray: torch.from_numpy makes a Tensor of it"
    return f"{name}: call it, with parentheses" if callable(x) else kind_of(x)


def make_first(layer: Any) -> str:
    """That the class of a layer cannot be called as a function: make the layer, then call it."""
    name, init = layer.__name__, layer.__init__
    code = getattr(init, "__code__", None)
    made = f"{name}(...)" if code and code.co_argcount > 1 + len(init.__defaults__ or ()) else f"{name}()"
    if name.endswith("Loss"):
        return f"make it first: criterion = {made}; then call it: loss = criterion(outputs, target)"
    return f"make it first: {name.lower()} = {made}; then call it: y = {name.lower()}(x)"


def layer_being_made() -> str:
    """``: make it first ...`` if one of minigrad's layers is being made right now, so got a Tensor for a setting."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        layer = frame.f_locals.get("self")
        if frame.f_code.co_name == "__init__" and hasattr(layer, "forward"):
            return f". {type(layer).__name__} is a class of layers: {make_first(type(layer))}"
        frame = frame.f_back
    return ""


def truth_error(shape: Sequence[int]) -> RuntimeError:
    """A tensor of several elements, or of none, is neither true nor false."""
    hint = layer_being_made() or "; use .any(), .all() or .item()"
    many = "no values" if 0 in shape else "more than one value"
    return RuntimeError(f"Boolean value of Tensor with {many} is ambiguous: this one is {list(shape)}{hint}")


def in_64_bits(number: Any) -> Any:
    """A number that meets a tensor: integers have 64 bits, with a sign or without.

    Raises  OverflowError
    """
    if not isinstance(number, float) and not -(2**63) <= number < 2**64:
        raise OverflowError(f"int too big to convert: {number} has more than 64 bits; a float may be as large")
    return number


def broadcast_error(op: str, shapes: Sequence[Any]) -> RuntimeError:
    """Two operands whose sizes do not match, torch's words first."""
    a, b = [tuple(s) for s in shapes][:2]
    detail = f"{op}: operands of shapes {list(a)} and {list(b)} do not broadcast"
    for back in range(1, 1 + min(len(a), len(b))):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            return RuntimeError(
                f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at "
                f"non-singleton dimension {max(len(a), len(b)) - back}. {detail}: sizes are compared "
                "from the last dimension backwards and must be equal or 1; reshape or unsqueeze one"
            )
    return RuntimeError(detail)


def warn_of_leaving() -> None:
    """Warn that a tensor in a graph becomes a Python number, which leaves the graph."""
    warnings.warn(
        "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
        "tensor.detach() first, or item(): no gradient flows through the number.",
        UserWarning,
        stacklevel=4,
    )


def twice_error(node: Any) -> RuntimeError:
    """The error of a second backward through a graph whose saved values were freed; ``node`` None: of a Function."""
    where = (
        " Under torch.autograd.set_detect_anomaly(True) this message also shows the forward line."
        if node is None or node.trace is None
        else f"\nThe forward call that made it:\n{node.trace}"
    )
    name = "the Function" if node is None else node.name()
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        f"been freed). The values that {name} had saved were freed by the first backward: this graph goes back "
        "to what an earlier backward went through. If a value is carried from one step to the next, cut it off there: "
        "hidden = hidden.detach() for a hidden state, total += loss.item() for a sum. If nothing is carried, compute "
        "the loss again before each backward; only to walk one graph twice on purpose, specify retain_graph=True on "
        f"the first call.{where}"
    )


def inference_error() -> RuntimeError:
    """A value that no graph may hold is needed for backward."""
    return RuntimeError(
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
        "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it "
        "in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
    )


def stale_error(node: Any, what: str, shape: Any, version: Any) -> RuntimeError:
    """A saved value was overwritten between forward and backward."""
    line = "" if node.trace is None else f"\nThe forward call that saved it:\n{node.trace}"
    where = f" by {version.where}" if version.where else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: {what} of {node.name()}, of shape {list(shape)}, is at version {version.count}: "
        f"it was written{where} after {node.op.name} had saved it. Hint: write out of place "
        f"(y = y + 1 instead of y.add_(1)), or clone() before writing.{line}"
        + (
            ""
            if node.trace
            else " Under torch.autograd.set_detect_anomaly(True) this message also shows the forward line."
        )
    )


def multiple_views_error(output: str) -> RuntimeError:
    """One of several views that an op returned at once is written, or used after its base was."""
    return RuntimeError(
        f"Output {output} is a view and is being modified inplace, or it is a view and its base or another view of "
        "its base has been modified inplace. This view is the output of a function that returns multiple views. Such "
        "functions do not allow the output views to be modified inplace. You should replace the inplace operation by "
        "an out-of-place one, or clone() the views first."
    )


def unrecorded_view_error() -> RuntimeError:
    """A view that was made under no_grad is used after its memory was written."""
    return RuntimeError(
        "A view was created in no_grad mode and its base or another view of its base has been modified inplace: "
        "whether gradients should flow through it is not clear. Make the view and write both under torch.no_grad(), "
        "or both outside."
    )


def number_error(op: str, argument: str, number: Any) -> TypeError:
    """One of Python's numbers, where an op takes Tensors only."""
    return TypeError(
        f"{op}(): argument '{argument}' must be Tensor, not {type(number).__name__}; make one with "
        f"torch.tensor({number})"
    )


def bool_sign_error(op: str) -> NotImplementedError:
    """A difference of bools."""
    return NotImplementedError(
        f"{op}: the `-` operator with a bool tensor is not supported. If you are trying to invert a mask, "
        "use the `~` or `logical_not()` operator instead."
    )


# ---- backward ----


def number_of_gradients_error(tensors: int, gradients: int) -> RuntimeError:
    """Not one gradient for each output."""
    return RuntimeError(f"got {tensors} tensors and {gradients} gradients; give one gradient (or None) for each")


def root_error(k: int) -> RuntimeError:
    """Output number k has no graph."""
    return RuntimeError(
        f"element {k} of tensors does not require grad and does not have a grad_fn: nothing it was "
        "computed from has requires_grad=True (or it was computed under no_grad, or detached, or by something without "
        "a gradient, such as argmax, a comparison or tensor(loss.item()); and w = w.data - ... makes a new w that asks "
        "for none: write w.data = w.data - ...)"
    )


def scalar_error(y: Any) -> RuntimeError:
    """An output of several numbers comes without a gradient."""
    return RuntimeError(
        "grad can be implicitly created only for scalar outputs: this one is "
        f"{list(y.shape)}, so call .sum() or .mean() first, or give backward(gradient=...)"
    )


def gradient_shape_error(k: int, g: Any, y: Any) -> RuntimeError:
    """The gradient that the user gives for output number k is of another shape."""
    return RuntimeError(
        f"Mismatch in shape: grad_output[{k}] has a shape of {list(g.shape)} and output[{k}] has a shape of "
        f"{list(y.shape)}."
    )


def data_shape_error(g: Any, x: Any) -> RuntimeError:
    """The data of a leaf was replaced between forward and backward."""
    return RuntimeError(
        f"Function returned an invalid gradient: got {list(g.shape)} but expected shape compatible with "
        f"{list(x.shape)}; x.data was given another shape after the forward"
    )


def input_error(k: int, x: Any) -> RuntimeError:
    """A gradient is asked for, of an input that needs none."""
    return RuntimeError(
        f"One of the differentiated Tensors (inputs[{k}], of shape {list(x.shape)}) does not "
        "require grad: call requires_grad_() on it before the forward"
    )


def unused_error(k: int, x: Any) -> RuntimeError:
    """A gradient is asked for, of an input that the outputs do not depend on."""
    return RuntimeError(
        f"One of the differentiated Tensors (inputs[{k}], of shape {list(x.shape)}) appears to "
        "not have been used in the graph. Set allow_unused=True if this is the desired behavior."
    )


def replacement_error(hook: Any, g: Any, replaced: Any) -> Exception | None:
    """A hook returned what is not a Tensor, or one of another shape or dtype; None if it fits."""
    name = getattr(hook, "__name__", hook)
    if not hasattr(replaced, "array"):
        return TypeError(f"a tensor hook must return a Tensor or None, not {type(replaced).__name__}")
    if replaced.array.shape != g.shape:
        return RuntimeError(
            f"hook '{name}' has changed the size of value: the gradient is {list(g.shape)}, the hook returned "
            f"{list(replaced.array.shape)}; return a tensor of the gradient's shape"
        )
    if replaced.array.dtype != g.dtype:
        return RuntimeError(
            f"hook '{name}' has changed the type of value (was {g.dtype} got {replaced.array.dtype}); return a tensor "
            "of the gradient's type"
        )
    return None


def hook_count_error(node: Any, count: int) -> RuntimeError:
    """A hook of a node returned more or fewer gradients than its op has inputs."""
    return RuntimeError(
        f"hook on {node.name()} returned {count} gradients, its op has {len(node.parents)} inputs; return one "
        "(or None) for each"
    )


# ---- modules ----


def missing_from(
    module: str,
    names: dict[str, Any],
    later: dict[str, Any] | None = None,
    put: Callable[[str, Any], Any] = lambda name, found: found,
) -> Callable[[str], Any]:
    """A module's ``__getattr__``, called for a name that is not among its ``names``.

    Classes have no such function: it would slow down every attribute of every tensor.

    later   name -> the submodule that holds it, loaded when first asked for; a submodule maps to its own name; or what
            has the name
    put     what the module takes for what was found there
    Raises  AttributeError for every other name; the message gives the nearest that is here.
    """
    later = later or {}

    def __getattr__(name: str) -> Any:
        if name in later:
            found = later[name]
            if isinstance(found, str):
                where = importlib.import_module(f"{module}.{found}")
                found = where if found == name else getattr(where, name)
            names[name] = found = put(name, found)
            return found
        hint = "" if name.startswith("_") else _meant(name, {**dict.fromkeys(later), **names}, module)
        raise AttributeError(f"module '{module}' has no attribute '{name}'{hint}")

    return __getattr__


PLACES = "", ".nn", ".nn.functional", ".optim", ".optim.lr_scheduler", ".utils.data"
"""Where names are looked for that another place was asked for."""


def nearest(name: str, names: Iterable[str], there: str = "it has") -> str:
    """``; it has 'weight'``: the name that is most like one that is not there, if any is."""
    import difflib  # slow to load, and needed only here

    near = difflib.get_close_matches(name, [n for n in names if n[0] != "_"], 1, 0.75)
    return f"; {there} '{near[0]}'" if near else ""


def _meant(name: str, names: dict[str, Any], module: str) -> str:
    """A hint of what may be meant by a name that a module has not."""
    files_first = sorted(names, key=lambda n: not isinstance(names[n], ModuleType))  # DataLoader, not dataloader
    public = {n.lower(): n for n in files_first if n[0] != "_"}
    root = module.partition(".")[0]
    places = [place for place in PLACES if root + place != module]
    modules = [(place, importlib.import_module(root + place)) for place in places]
    elsewhere = [f"torch{place}.{name}" for place, m in modules if name in dir(m) and callable(getattr(m, name))]
    same = f"; the nearest it has is '{public[name.lower()]}'" if name.lower() in public else ""
    there = f"; there is {' and '.join(elsewhere)}" if elsewhere else ""
    return same + there or nearest(name, public.values(), "the nearest it has is") or "; API.md lists the names"
