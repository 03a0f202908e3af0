"""autograd.Function: what ctx keeps, what backward may return, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch as reference

import minigrad


def leaf(torch: Any, *values: float) -> Any:
    return torch.tensor(values or (1.0, 2.0, 3.0), dtype=torch.float64, requires_grad=True)


def scaled_square(torch: Any) -> Any:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float) -> Any:
            ctx.save_for_backward(x)
            ctx.factor = factor
            return x * x * factor

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * x * (2 * ctx.factor), None

    return Square


def function(torch: Any, run: Any, back: Any) -> Any:
    """A Function of these two."""

    class Made(torch.autograd.Function):
        forward = staticmethod(run)
        backward = staticmethod(back)

    return Made


def test_value_and_gradient(torch: Any) -> None:
    x = leaf(torch)
    y = scaled_square(torch).apply(x, 3.0)
    assert y.tolist() == [3.0, 12.0, 27.0]
    assert y.grad_fn.name() == "SquareBackward"
    assert y.grad_fn.factor == 3.0
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 12.0, 18.0]


def test_gradients_of_any_order(torch: Any) -> None:
    f = scaled_square(torch)
    x = leaf(torch)
    assert torch.autograd.gradcheck(lambda x: f.apply(x.exp(), 3.0), (x,))
    assert torch.autograd.gradgradcheck(lambda x: f.apply(x.exp(), 3.0), (x,))


def test_the_same_text_gives_the_same_numbers() -> None:
    def run(torch: Any) -> Any:
        x = leaf(torch)
        f = scaled_square(torch)
        (g,) = torch.autograd.grad(f.apply(f.apply(x, 0.5), 2.0).sum(), x, create_graph=True)
        (h,) = torch.autograd.grad((g * g).sum(), x)
        return g.tolist(), h.tolist()

    assert run(minigrad) == run(reference)


def test_forward_is_not_recorded(torch: Any) -> None:
    modes = []

    def forward(ctx: Any, x: Any) -> Any:
        modes.append(torch.is_grad_enabled())
        return x * 2

    def backward(ctx: Any, g: Any) -> Any:
        modes.append(torch.is_grad_enabled())
        return g * 2

    f = function(torch, forward, backward)
    x = leaf(torch)
    f.apply(x).sum().backward()
    torch.autograd.grad(f.apply(x).sum(), x, create_graph=True)
    assert modes == [False, False, False, True]


def test_needs_input_grad(torch: Any) -> None:
    seen = []

    def forward(ctx: Any, x: Any, y: Any, z: Any) -> Any:
        seen.append(ctx.needs_input_grad)
        return x * y

    f = function(torch, forward, lambda ctx, g: (g, None, None))
    f.apply(leaf(torch), torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), "text").sum().backward()
    assert seen == [(True, False, False)]


def test_no_node_where_no_gradient_is_wanted(torch: Any) -> None:
    f = scaled_square(torch)
    assert not f.apply(torch.tensor([1.0]), 2.0).requires_grad
    with torch.no_grad():
        assert not f.apply(leaf(torch), 2.0).requires_grad


def test_setup_context(torch: Any) -> None:
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x.exp()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            assert isinstance(inputs, tuple)
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    x = leaf(torch, 0.0)
    Exp.apply(x).backward()
    assert x.grad.tolist() == [1.0]
    assert torch.autograd.gradgradcheck(Exp.apply, (leaf(torch),))


def several(torch: Any) -> Any:
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y, x + y, x > y

    def backward(ctx: Any, g: Any, h: Any, _: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * y + h, g * x + h

    return function(torch, forward, backward)


def test_several_outputs(torch: Any) -> None:
    x, y = leaf(torch), leaf(torch, 4.0, 1.0, 1.0)
    product, total, larger = several(torch).apply(x, y)
    assert product.requires_grad
    assert total.requires_grad
    assert not larger.requires_grad
    product.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [4.0, 1.0, 1.0]
    total.sum().backward()
    assert x.grad.tolist() == [5.0, 2.0, 2.0]
    assert torch.autograd.gradgradcheck(lambda *a: several(torch).apply(*a)[:2], (x, y))


def test_an_unused_output_has_a_gradient_of_zeros(torch: Any) -> None:
    seen = []

    def backward(ctx: Any, g: Any, h: Any) -> Any:
        seen.append(h if h is None else h.tolist())
        return g

    f = function(torch, lambda ctx, x: (x * 1, x * 2), backward)
    f.apply(leaf(torch))[0].sum().backward()

    def forward(ctx: Any, x: Any) -> Any:
        ctx.set_materialize_grads(False)
        return x * 1, x * 2

    function(torch, forward, backward).apply(leaf(torch))[0].sum().backward()
    assert seen == [[0.0, 0.0, 0.0], None]


def test_mark_non_differentiable(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        constant = x * 2
        ctx.mark_non_differentiable(constant)
        return x * 1, constant

    y, constant = function(torch, forward, lambda ctx, g, h: g + h).apply(leaf(torch))
    assert y.requires_grad
    assert not constant.requires_grad


def test_mark_dirty(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        x.mul_(5.0)
        return x

    f = function(torch, forward, lambda ctx, g: g * 5)
    x = leaf(torch)
    y = x * 1
    assert f.apply(y) is y
    y.sum().backward()
    assert x.grad.tolist() == [5.0, 5.0, 5.0]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        f.apply(x)
    z = leaf(torch) * 1
    w = z * z
    f.apply(z)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        w.sum().backward()


def test_mark_dirty_on_a_view(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        x.mul_(5.0)
        return x

    x = leaf(torch)
    y = x * 1
    function(torch, forward, lambda ctx, g: g * 5).apply(y[:2])
    y.sum().backward()
    assert x.grad.tolist() == [5.0, 5.0, 1.0]


def test_dirty_must_be_returned(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x + 1

    with pytest.raises(RuntimeError, match="marked as dirty during the forward"):
        function(torch, forward, lambda ctx, g: g).apply(leaf(torch) * 1)


def test_an_input_returned_is_a_new_tensor(torch: Any) -> None:
    x = leaf(torch)
    y = function(torch, lambda ctx, x: x, lambda ctx, g: g * 7).apply(x)
    assert y is not x
    assert x.is_leaf
    y.sum().backward()
    assert x.grad.tolist() == [7.0, 7.0, 7.0]


def test_a_saved_input_written_is_an_error(torch: Any) -> None:
    x = leaf(torch) * 1
    y = scaled_square(torch).apply(x, 1.0)
    x.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_saved_output_written_is_an_error(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    y = function(torch, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(leaf(torch))
    y.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_backward_twice(torch: Any) -> None:
    y = scaled_square(torch).apply(leaf(torch), 1.0).sum()
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()


def test_the_gradient_is_brought_to_the_inputs_shape_and_type(torch: Any) -> None:
    x = torch.tensor([[1.0], [2.0]], dtype=torch.float32, requires_grad=True)
    wide = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)
    f = function(torch, lambda ctx, x: x * 1, lambda ctx, g: wide)
    f.apply(x).sum().backward()
    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [[6.0], [15.0]]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda g: g, "returned an incorrect number of gradients"),
        (lambda g: (g, None, g), "returned an incorrect number of gradients"),
        (lambda g: (g, g), "returned a gradient different than None at position 2"),
        (lambda g: (g[:2], None), "returned an invalid gradient at index 0"),
        (lambda g: (3, None), "expected Variable or None"),
    ],
)
def test_wrong_answers(torch: Any, returned: Any, message: str) -> None:
    f = function(torch, lambda ctx, x, k: x * k, lambda ctx, g: returned(g))
    with pytest.raises(RuntimeError, match=message):
        f.apply(leaf(torch), 2.0).sum().backward()


def test_too_many_nones_are_forgiven(torch: Any) -> None:
    x = leaf(torch)
    function(torch, lambda ctx, x: x * 1, lambda ctx, g: (g, None, None)).apply(x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_what_is_missing(torch: Any) -> None:
    class Empty(torch.autograd.Function):
        pass

    with pytest.raises(NotImplementedError):
        Empty.apply(leaf(torch))

    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

    with pytest.raises(NotImplementedError):
        Half.apply(leaf(torch)).sum().backward()
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        made = Half()
    with pytest.raises(RuntimeError, match="Legacy autograd function"):
        made(leaf(torch))


def test_only_tensors_are_saved(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(3)
        return x * 1

    with pytest.raises(TypeError, match="save_for_backward can only save variables"):
        function(torch, forward, None).apply(leaf(torch))


def test_once_differentiable(torch: Any) -> None:
    once = torch.autograd.function.once_differentiable
    f = function(torch, lambda ctx, x: x * 3, once(lambda ctx, g: g * 3))
    x = leaf(torch)
    y = (f.apply(x) * x).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    assert g.tolist() == [6.0, 12.0, 18.0]
    with pytest.raises(RuntimeError, match="marked with @once_differentiable"):
        g.sum().backward()


def test_none_is_saved_as_none(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x, None)
        return x * 1

    def backward(ctx: Any, g: Any) -> Any:
        assert ctx.saved_tensors[1] is None
        return g

    function(torch, forward, backward).apply(leaf(torch)).sum().backward()


NAMES = sorted(
    {
        n
        for c in (minigrad.core.node.Node, minigrad.core.node.OutputSlot)
        for n in dir(c)
        if n[0] != "_" and n != "next_functions"
    }
)
NAMES += """ctx function inputs outputs needs notes custom constant dirty materialize keeps label run grad index x _x
    _saved _node to_dirty gradients args kwargs self cls backward forward""".split()  # fmt: skip  # noqa: SIM905


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_of_ctx_is_the_users(torch: Any, name: str) -> None:
    seen = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, k: float) -> Any:
            setattr(ctx, name, k)
            ctx.save_for_backward(x)
            return x * k

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append(getattr(ctx, name))
            return g * seen[-1] * ctx.saved_tensors[0], None

    for graph in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        (slope,) = torch.autograd.grad((Scale.apply(x, 3.0) * 2).sum(), x, create_graph=graph)
        assert slope.tolist() == [6.0, 12.0]
    assert seen == [3.0, 3.0]


def test_the_node_shows_what_the_ctx_holds(torch: Any) -> None:
    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            ctx.factor = 5
            return x * 5

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor

    x = torch.ones(1, requires_grad=True)
    node = Keep.apply(x).grad_fn
    assert node.factor == 5
    assert node.saved_tensors[0] is x or node.saved_tensors[0].tolist() == [1.0]
    with pytest.raises(AttributeError):
        node.nothing  # noqa: B018


def test_setup_context_gets_the_defaults(torch: Any) -> None:
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, n: int = 2) -> Any:
            return x**n

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.n = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * ctx.n * x ** (ctx.n - 1), None

    x = torch.tensor(3.0, requires_grad=True)
    (Power.apply(x) + Power.apply(x, 3)).backward()
    assert x.grad.item() == 6 + 27


def test_vmap_by_the_functions_own_rule(torch: Any) -> None:
    class Times(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, k: int) -> Any:
            return x * k

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            pass

        @staticmethod
        def vmap(info: Any, in_dims: Any, x: Any, k: int) -> Any:
            assert (info.batch_size, info.randomness) == (3, "error")
            return (x * 10 * k, x.sum(in_dims[0])), (in_dims[0], None)

    x = torch.arange(6.0).reshape(3, 2)
    for dim in (0, 1):
        y, total = torch.vmap(Times.apply, in_dims=(dim, None))(x if dim == 0 else x.t(), 2)
        assert y.tolist() == (x * 20).tolist()
        assert total.tolist() == [[6.0, 9.0]] * 3


def test_dirty_without_a_graph(torch: Any) -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(2.0)

    x = leaf(torch)
    with torch.no_grad():
        y = function(torch, forward, lambda ctx, g: g * 2).apply(x)
    assert x.requires_grad and not y.requires_grad and y.data_ptr() == x.data_ptr()
