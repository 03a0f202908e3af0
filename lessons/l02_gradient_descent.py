"""Lesson 2 - Gradient descent
第 2 课 - 梯度下降算法

New idea
    Do not try every w: stand at one, feel the gradient, step downhill,
    again and again. Three ways to feel it: over all samples (batch), at one
    sample after the other (stochastic), over a few at a time (mini-batch).

Formula
    w  <-  w - lr * dloss/dw        lr = 0.01
    dloss/dw = 2/N sum_n x_n (x_n w - y_n)     N = 3, then 1, then 2 or 1

Watch
    Per epoch stochastic descent gets furthest, for it takes three steps
    where batch descent takes one; but each step waits for the one before,
    and one sample's gradient is not the whole gradient. A mini-batch is the
    truce: several samples at once (one matrix product, lesson 6), several
    steps per epoch. Everyone trains like that, and calls it "batch".

Open next
    minigrad/optim/sgd.py: the same step, for any number of parameters.
"""

from lessons.runner.step import Result, Step


def lesson(torch, epochs=100):
    x_data = [1.0, 2.0, 3.0]
    y_data = [2.0, 4.0, 6.0]

    def gradient(w, xs, ys):
        """Loss and gradient by hand, in plain Python."""
        loss = grad = 0.0
        for x, y in zip(xs, ys, strict=True):
            loss += (x * w - y) ** 2
            grad += 2 * x * (x * w - y)
        return loss / len(xs), grad / len(xs)

    def cost(w, xs, ys):
        """The loss by the engine."""
        return ((torch.tensor(xs) * w - torch.tensor(ys)) ** 2).mean()

    for way, size in [("batch", 3), ("stochastic", 1), ("mini_batch", 2)]:
        w = torch.tensor([1.0], requires_grad=True)
        w_hand = 1.0
        loss_list = []
        for epoch in range(epochs):
            for start in range(0, 3, size):
                xs = x_data[start : start + size]
                ys = y_data[start : start + size]

                loss_hand, grad_hand = gradient(w_hand, xs, ys)
                w_hand = w_hand - 0.01 * grad_hand

                loss = cost(w, xs, ys)
                w.grad = None  # forget the gradient of the step before
                loss.backward()  # feel the new one
                w.data = w.data - 0.01 * w.grad  # step downhill

                by_hand = {"loss": loss_hand, "w": grad_hand}
                yield Step(epoch, loss.item(), {"w": w}, by_hand)
            loss_list.append(cost(w, x_data, y_data).item())
        yield Result({"w_" + way: w_hand}, **{"w_" + way: w.item()})
        yield Result(**{way: loss_list})
