"""Lesson 1 - Linear model
第 1 课 - 线性模型

New idea
    A model is a guess with a knob: y = x * w. The loss says how wrong a
    setting of the knob is, so learning is a search for the w with the
    smallest loss. Here every w of a grid is tried, then every pair (w, b).

Formula
    loss(w)   = 1/N sum_n (x_n w - y_n)^2
    dloss/dw  = 2/N sum_n x_n (x_n w - y_n)

Watch
    The loss over w is a bowl with its bottom at w = 2. The gradient is
    negative to the left of the bottom, positive to the right, zero at it:
    it always points away from the answer. Lesson 2 walks against it.
    A grid of 41 is cheap for one knob; for two it is 41 * 4 already, and
    for lesson 8's 575,050 knobs there is no grid.

Open next
    minigrad/ops/elementwise/arithmetic.py: the derivatives of *, - and **.
"""

from lessons.runner.step import Result, Step


def lesson(torch):
    x_data = [1.0, 2.0, 3.0]
    y_data = [2.0, 4.0, 6.0]
    x = torch.tensor(x_data)
    y = torch.tensor(y_data)

    def by_hand(w, b):
        """Loss and gradient in plain Python: what the engine must come to."""
        loss = grad_w = grad_b = 0.0
        for x_val, y_val in zip(x_data, y_data, strict=True):
            error = x_val * w + b - y_val
            loss += error * error / 3
            grad_w += 2 * x_val * error / 3
            grad_b += 2 * error / 3
        return {"loss": loss, "w": grad_w, "b": grad_b}

    w_list = [k / 10 for k in range(41)]
    b_list = [0.0, 0.5, 1.0, 1.5]

    # one knob: the loss, and how steep it is, at every w
    mse_list = []
    for w_val in w_list:
        w = torch.tensor([w_val], requires_grad=True)
        loss = ((x * w - y) ** 2).mean()
        loss.backward()  # lesson 3 opens this box: now w.grad is the gradient
        yield Step(0, loss.item(), {"w": w}, by_hand(w_val, 0.0))
        mse_list.append(loss.item())
    best = w_list[mse_list.index(min(mse_list))]
    yield Result({"best_w": 2.0}, best_w=best)
    yield Result(w=w_list, mse=mse_list)

    # homework: two knobs, a surface over (w, b)
    surface = []
    for w_val in w_list:
        row = []
        for b_val in b_list:
            w = torch.tensor([w_val], requires_grad=True)
            b = torch.tensor([b_val], requires_grad=True)
            loss = ((x * w + b - y) ** 2).mean()
            loss.backward()
            yield Step(1, loss.item(), {"w": w, "b": b}, by_hand(w_val, b_val))
            row.append(loss.item())
        surface.append(row)
    yield Result(surface_w=w_list, surface_b=b_list, surface_mse=surface)
