"""no_grad, enable_grad, set_grad_enabled and inference_mode: contexts, decorators, generators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


def leaf(torch: Any) -> Any:
    return torch.tensor([1.0, 2.0], requires_grad=True)


def test_contexts_nest_and_restore(torch: Any) -> None:
    x = leaf(torch)
    with torch.no_grad():
        assert not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
            with torch.set_grad_enabled(False):
                assert not (x * 2).requires_grad
            assert torch.is_grad_enabled()
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_an_error_restores(torch: Any) -> None:
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        1 / 0  # noqa: B018
    assert torch.is_grad_enabled()


def test_set_grad_enabled_is_a_function_too(torch: Any) -> None:
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    assert torch.is_grad_enabled()


def test_decorators(torch: Any) -> None:
    @torch.no_grad()
    def with_call(x: Any) -> Any:
        """Doubles."""
        return x * 2

    @torch.no_grad
    def without_call(x: Any) -> Any:
        return x * 2

    @torch.set_grad_enabled(False)
    def chosen(x: Any) -> Any:
        return x * 2

    @torch.inference_mode
    def inference(x: Any) -> Any:
        return x * 2

    assert torch.is_grad_enabled()
    assert with_call.__doc__ == "Doubles."
    for f in (with_call, without_call, chosen, inference):
        assert not f(leaf(torch)).requires_grad
    with torch.no_grad():
        assert torch.enable_grad(lambda x: x * 2)(leaf(torch)).requires_grad


def test_a_decorated_function_may_call_itself(torch: Any) -> None:
    @torch.no_grad()
    def countdown(n: int) -> bool:
        return torch.is_grad_enabled() if n == 0 else countdown(n - 1)

    assert not countdown(3)
    assert torch.is_grad_enabled()


def test_one_context_entered_twice(torch: Any) -> None:
    context = torch.no_grad()
    for _ in range(2):
        with context:
            assert not torch.is_grad_enabled()
        assert torch.is_grad_enabled()


def test_generators_hold_the_mode_only_while_they_run(torch: Any) -> None:
    seen = []

    @torch.no_grad()
    def generate() -> Iterator[Any]:
        try:
            seen.append(torch.is_grad_enabled())
            sent = yield 1
            seen.append(torch.is_grad_enabled())
            try:
                yield sent
            except KeyError:
                seen.append(torch.is_grad_enabled())
            yield 3
            return 4
        finally:
            seen.append(torch.is_grad_enabled())

    g = generate()
    assert next(g) == 1
    assert torch.is_grad_enabled()
    assert g.send(2) == 2
    assert g.throw(KeyError()) == 3
    assert torch.is_grad_enabled()
    with pytest.raises(StopIteration) as end:
        next(g)
    assert end.value.value == 4
    other = generate()
    next(other)
    other.close()
    assert seen == [False] * 6
    assert torch.is_grad_enabled()


def test_factories_ignore_no_grad(torch: Any) -> None:
    with torch.no_grad():
        assert torch.tensor([1.0], requires_grad=True).requires_grad


# ---- inference mode ----


def test_what_is_made_in_inference_mode(torch: Any) -> None:
    x = leaf(torch)
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled()
        assert not torch.is_grad_enabled()
        made, computed, view, detached = torch.tensor([1.0]), x * 2, x[:1], x.detach()
    assert [t.is_inference() for t in (x, made, computed, view, detached)] == [False, True, True, False, False]
    assert made[:1].is_inference()
    assert not (made * 2).is_inference()
    with torch.inference_mode(), torch.inference_mode(False):
        assert not torch.tensor([1.0]).is_inference()
        assert torch.is_grad_enabled()


def test_inference_tensors_stay_out_of_graphs(torch: Any) -> None:
    x = leaf(torch)
    with torch.inference_mode():
        c = torch.tensor([1.0, 2.0])
        c.add_(1.0)
    assert (x + c).requires_grad
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        x * c
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode"):
        c.add_(1.0)
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        c.requires_grad_()
    with pytest.raises(RuntimeError, match="do not track version counter"):
        c._version  # noqa: B018
    (x * c.clone()).sum().backward()
    assert x.grad.tolist() == c.tolist()


def test_writing_a_leaf_in_inference_mode(torch: Any) -> None:
    x = leaf(torch)
    with torch.inference_mode():
        x.add_(1.0)
    assert x.tolist() == [2.0, 3.0]
    assert x.is_leaf
