"""Lesson 3 - Back propagation
第 3 课 - 反向传播

New idea
    To define a function is to draw a graph: every operation is a node that
    knows its own small derivative. backward() walks the graph from the
    loss to the weights and multiplies them: the chain rule, once per node.

Formula
    y_pred = x w             dloss/dw      = dloss/dy_pred * x
    error  = y_pred - y      dloss/dy_pred = dloss/derror  * 1
    loss   = error^2         dloss/derror  = 1             * 2 error

Watch
    "run 3 --verbose" prints a table for every step. Read it from the
    bottom up: the gradient that comes in, times the node's own derivative,
    goes out to the node before.
    backward() ADDS to .grad. Forget to zero it, and the second backward
    shows the sum of both ("twice" at the end is two times "once").
    w.data is the number without the graph: it takes no part in an update.

Open next
    minigrad/core/sweep.py: the walk itself.
"""

from lessons.runner.step import Result, Step


def lesson(torch, epochs=100):
    x_data = [1.0, 2.0, 3.0]
    y_data = [2.0, 4.0, 6.0]
    learning_rate = 0.01

    w = torch.tensor([1.0])
    w.requires_grad = True  # the one number that we ask a gradient for
    w_hand = 1.0

    for epoch in range(epochs):
        for x, y in zip(x_data, y_data, strict=True):
            # by hand, forward and then backward, node by node
            pred_hand = x * w_hand
            error_hand = pred_hand - y
            loss_hand = error_hand**2
            d_error = 2 * error_hand
            d_pred = d_error * 1
            d_w = d_pred * x
            w_hand = w_hand - learning_rate * d_w

            # by the engine: drawing the graph is all that we do
            y_pred = x * w
            error = y_pred - y
            loss = error**2
            y_pred.retain_grad()  # the engine drops these: we want to look
            error.retain_grad()
            loss.backward()
            w.data = w.data - learning_rate * w.grad.data

            nodes = {"w": w, "y_pred": y_pred, "error": error}
            by_hand = {"w": d_w, "y_pred": d_pred, "error": d_error}
            by_hand["loss"] = loss_hand
            yield Step(epoch, loss.item(), nodes, by_hand, (x, y))
            w.grad.data.zero_()  # or the next backward() adds to it

    by_hand = {"w": w_hand, "prediction_at_4": 4 * w_hand}
    yield Result(by_hand, w=w.item(), prediction_at_4=(4 * w).item())

    # what happens without zero_()
    v = torch.tensor([1.0], requires_grad=True)
    ((3.0 * v - 6.0) ** 2).backward()
    once = v.grad.item()
    ((3.0 * v - 6.0) ** 2).backward()
    twice = v.grad.item()
    yield Result({"once": -18.0, "twice": -36.0}, once=once, twice=twice)
