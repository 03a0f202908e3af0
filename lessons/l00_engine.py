"""Lesson 0 - The engine
第 0 课 - 自动求导引擎

New idea
    Backprop is a bookkeeper. While you compute, it writes down each op:
    what went in, and which ops those numbers came from. Afterwards it
    reads the book backwards: it asks each op for its local derivatives,
    times what has arrived from above, and adds up what arrives at one
    place. That is all, and here is all of it. The derivatives are
    minigrad's own: a rule is a line such as `lambda g, y: g * y`, a
    function of the incoming gradient g and of the arguments that it names.

Formula
    dL/dx = sum over all uses of x of dL/dout * dout/dx     the chain rule

Watch
    An op's number is larger than the numbers of the ops that it used. By
    falling number, every op is visited after all that depends on it: one
    sort, no recursion.
    Then lesson 3's w * x and lesson 5's sigmoid are trained with it,
    beside the engine that is given: the same numbers.

Open next
    minigrad/ops/elementwise/arithmetic.py: the rules of + - * /.
    minigrad/core/sweep.py: the same loop, and around it what users ask
    for: hooks, .grad of only some tensors, freed memory, clear errors.
"""

import inspect
import itertools

import numpy as np

import minigrad.nn  # noqa: F401, puts every op into the table
from lessons.runner.step import Result, Step
from minigrad.core.op import OPS

count = itertools.count()


class Variable:
    """An array, and what it comes from: output k of a node, or a leaf."""

    def __init__(self, array, node=None, k=0):
        self.array = np.asarray(array)
        self.node = node or Leaf(self)
        self.k = k


class Leaf:
    """Not computed but given: here a gradient ends."""

    def __init__(self, variable):
        self.number = next(count)
        self.variable = variable
        self.parents = []


class Node:
    """A line of the book: what was done, and all that a rule may name."""

    def __init__(self, op, arguments, arrays, out, extras):
        self.number = next(count)
        self.op = op
        operands = [arguments[k] for k in op.diff]
        if op.variadic:  # cat, stack: their first argument is a list
            operands = arguments[0]
        variable = lambda x: x if isinstance(x, Variable) else None
        self.parents = [variable(x) for x in operands]
        needs = [x is not None for x in self.parents]
        self.known = {"out": out, "needs": needs}
        self.known |= zip(op.params, arrays, strict=True)
        self.known |= zip(op.extras, extras, strict=True)

    def gradients(self, g):
        """What the rules make of g: the gradient of each parent."""
        op = self.op
        rules = [op.joint] if op.joint else list(op.rules.values())
        if op.joint or op.variadic:  # one rule for all parents
            return self.ask(rules[0], g)
        rules = [op.rules[op.params[k]] for k in op.diff]
        wanted = zip(rules, self.parents, strict=True)
        return [self.ask(rule, g) if x else None for rule, x in wanted]

    def ask(self, rule, g):
        """Call a rule with g and with what it names."""
        names = list(inspect.signature(rule).parameters)[1:]
        return rule(g, *[self.named(name) for name in names])

    def named(self, name):
        if name in self.known:
            return self.known[name]
        argument, _, what = name.rpartition("_")  # x_shape, x_dtype
        value = self.known[argument]
        return each(lambda x: getattr(np.asarray(x), what), value)


def call(name, *arguments):
    """Do an op on the arrays, and write down that it was done."""
    op = OPS[name]
    bare = lambda x: x.array if isinstance(x, Variable) else x
    arrays = [each(bare, x) for x in arguments]
    out, *extras = op.forward(*arrays) if op.extras else [op.forward(*arrays)]
    node = Node(op, arguments, arrays, out, extras)
    if op.many:
        return [Variable(y, node, k) for k, y in enumerate(out)]
    return Variable(out, node)


def each(f, x):
    """f(x), or f of each where an argument is a list of arrays (cat, stack)."""
    return [f(a) for a in x] if isinstance(x, list) else f(x)


def backward(y, g=1.0):
    """The gradient of every leaf that y was computed from."""
    arrived = {(y.node, y.k): np.asarray(g, y.array.dtype)}
    for node in sorted(ancestors(y.node), key=lambda node: -node.number):
        if isinstance(node, Leaf):
            continue
        if node.op.many:
            outputs = range(len(node.known["out"]))
            g = [arrived.pop((node, k), None) for k in outputs]
        else:
            g = arrived.pop((node, 0))
        for x, dx in zip(node.parents, node.gradients(g), strict=True):
            if x and dx is not None:
                dx = unbroadcast(dx, x.array.shape)
                at = x.node, x.k
                arrived[at] = arrived[at] + dx if at in arrived else dx
    return {leaf.variable: g for (leaf, _), g in arrived.items()}


def ancestors(node):
    """The node, and all that it was computed from."""
    found, waiting = {node}, [node]
    while waiting:
        parents = {x.node for x in waiting.pop().parents if x} - found
        found |= parents
        waiting += parents
    return found


def unbroadcast(g, shape):
    """A number that was used many times gets the sum of the gradients."""
    shape_then = (1,) * (g.ndim - len(shape)) + shape
    axes = [k for k in range(g.ndim) if shape_then[k] == 1 != g.shape[k]]
    return g.sum(tuple(axes)).reshape(shape) if axes else g.reshape(shape)


def lesson(torch, epochs=100):
    learning_rate = 0.01

    # lesson 3: y_pred = x * w, one sample at a time
    w = Variable(np.array([1.0], np.float32))
    v = torch.tensor([1.0], requires_grad=True)
    for epoch in range(epochs):
        for x, y in zip([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], strict=True):
            error = call("sub", call("mul", w, x), y)
            loss = call("mul", error, error)  # used twice: two gradients
            dw = backward(loss)[w]

            loss_there = (x * v - y) ** 2
            loss_there.backward()
            here = {"loss": loss.array.item(), "w": dw.item()}
            yield Step(epoch, loss_there.item(), {"w": v}, here)

            w.array = w.array - learning_rate * dw
            v.data = v.data - learning_rate * v.grad
            v.grad.zero_()  # our backward() begins with nothing, theirs adds

    # lesson 5: p = sigmoid(x * w + b), three samples at once
    x = np.array([[1.0], [2.0], [3.0]], np.float32)
    y = np.array([[0.0], [0.0], [1.0]], np.float32)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), learning_rate)
    w, b = (Variable(p.detach().numpy().copy()) for p in model.parameters())
    for epoch in range(epochs):
        z = call("add", call("mul", w, x), b)  # w and b are used three times
        p = call("sigmoid", z)
        loss = call("binary_cross_entropy", p, y, None, "sum")
        gradients = backward(loss)

        p_there = torch.sigmoid(model(torch.from_numpy(x)))
        criterion = torch.nn.BCELoss(reduction="sum")
        loss_there = criterion(p_there, torch.from_numpy(y))
        optimizer.zero_grad()
        loss_there.backward()
        here = {"weight": gradients[w].item(), "bias": gradients[b].item()}
        here["loss"] = loss.array.item()
        yield Step(epoch, loss_there.item(), model, here)

        optimizer.step()
        for p in (w, b):
            p.array = p.array - learning_rate * gradients[p]

    here = {"w": w.array.item(), "b": b.array.item()}
    yield Result(here, w=model.weight.item(), b=model.bias.item())
