"""What goes into a loss: activations that the loss has in it already, shapes that broadcast."""

from __future__ import annotations

from typing import Any

from ...core.node import Node
from ...tensor import Tensor
from .finding import Check, Notes, here
from .graph import maker

LOGITS = {
    "cross_entropy_rows": "CrossEntropyLoss",
    "cross_entropy_images": "CrossEntropyLoss",
    "log_softmax": "log_softmax",
    "softmax": "softmax",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
}
"""Ops that want scores as they come out of the last layer."""

WRONG = {"softmax", "log_softmax", "sigmoid"}
PROBABILITIES = {"nll_loss_rows": "NLLLoss", "nll_loss_images": "NLLLoss"}
ELEMENTWISE = {
    "mse_loss": "MSELoss",
    "smooth_l1_loss": "SmoothL1Loss",
    "huber_loss": "HuberLoss",
    "sub": "The difference",
}


class Losses(Check):
    """Looks at the operands of losses."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def node_made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        op = node.op.name
        if op in LOGITS:
            self._activation(LOGITS[op], args[0])
        elif op in PROBABILITIES:
            self._probabilities(PROBABILITIES[op], args[0])
        elif op in ELEMENTWISE:
            self._shapes(op, args[0], args[1])

    def _activation(self, loss: str, x: Any) -> None:
        before = maker(x)
        name = before.op.name if before is not None else ""
        if name not in WRONG or (name == "sigmoid" and loss in ("softmax", "log_softmax")):
            return
        if name == "log_softmax":
            text = f"{loss} takes the softmax and its logarithm itself; a log_softmax before it is computed in vain."
        else:
            inside = "sigmoid" if loss.startswith("BCE") else "softmax"
            text = (
                f"{loss} takes the {inside} of its input itself; after a {name} all scores lie between 0 and 1, the "
                "probabilities can hardly differ, and the gradients are small."
            )
        self.notes.add(
            "activation_before_loss", here(), text, f"leave out the {name}: give the loss what the last layer gives."
        )

    def _probabilities(self, loss: str, x: Any) -> None:
        if x.array.size and x.array.max() > 0:
            before = maker(x)
            softmax = before is not None and before.op.name == "softmax"
            self.notes.add(
                "no_log_softmax",
                here(),
                f"{loss} wants logarithms of probabilities, which are at most 0; here is {x.array.max():.4g}"
                + (": probabilities, of a softmax." if softmax else "."),
                "log_softmax(x, dim=1) before it, or CrossEntropyLoss on the scores themselves.",
            )

    def _shapes(self, op: str, x: Any, y: Any) -> None:
        if not (isinstance(x, Tensor) and isinstance(y, Tensor)) or x.array.shape == y.array.shape:
            return
        if min(x.array.size, y.array.size) == 1:  # one number for all of them
            return
        if op == "sub" and not (_column_and_row(x, y) and x.requires_grad != y.requires_grad):
            return
        a, b = [list(v.array.shape) for v in (x, y)]
        text = f"{a} and {b} are broadcast: every prediction is compared with every target."
        self.notes.add(
            "shapes_of_the_loss",
            here(),
            text,
            "give both one shape: target.view_as(prediction), or prediction.squeeze(1).",
        )


def _column_and_row(x: Any, y: Any) -> bool:
    """(N, 1) beside (N,)."""
    shapes = {x.array.shape, y.array.shape}
    n = max(x.array.shape[0] if x.array.ndim else 0, 0)
    return n > 1 and shapes == {(n, 1), (n,)}
