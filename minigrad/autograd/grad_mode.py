"""Whether operations are recorded: switches that work as context managers, as decorators and on generators.

All of them are local to the thread.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, Self, TypeVar, overload

from ..core.observe import mode as state

F = TypeVar("F", bound=Callable[..., Any])


class Switch:
    """A context manager that can be entered again and again, and decorates functions and generator functions."""

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            return _switched_generator(self, function)  # type: ignore[return-value]

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return function(*args, **kwargs)

        return switched  # type: ignore[return-value]

    def _fresh(self) -> Any:
        """A fresh switch of the same kind: the function may be called from within itself."""
        return type(self)()

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        state.grad, state.inference = self.before

    before: tuple[bool, bool]

    def _set(self, grad: bool, inference: bool) -> None:
        self.before = (state.grad, state.inference)
        state.grad, state.inference = grad and not inference, inference


def _switched_generator(switch: Switch, function: Callable[..., Any]) -> Callable[..., Any]:
    """The switch holds while the generator runs and not while it waits at a ``yield``."""

    @functools.wraps(function)
    def switched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with switch._fresh():
            generator = function(*args, **kwargs)
        step: Callable[[], Any] = lambda: next(generator)
        while True:
            try:
                with switch._fresh():
                    item = step()
            except StopIteration as end:
                return end.value
            try:
                sent = yield item
                step = functools.partial(generator.send, sent)
            except GeneratorExit:
                with switch._fresh():
                    generator.close()
                raise
            except BaseException as error:
                step = functools.partial(generator.throw, error)

    return switched


class _Bare(Switch):
    """A switch that may stand above a function without parentheses: ``@no_grad``."""

    @overload
    def __new__(cls, function: None = None) -> Self: ...
    @overload
    def __new__(cls, function: F) -> F: ...  # type: ignore[misc]
    def __new__(cls, function: Any = None) -> Any:
        return object.__new__(cls) if function is None else cls()(function)


class no_grad(_Bare):
    """Record nothing, for a block or a function: results need no gradient, whatever their operands need.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> with minigrad.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __enter__(self) -> None:
        self._set(False, state.inference)


class enable_grad(_Bare):
    """Record again, inside ``no_grad``.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> with minigrad.no_grad(), minigrad.enable_grad():
    ...     y = x * 2
    >>> y.backward(); x.grad
    tensor([2.])
    """

    def __enter__(self) -> None:
        self._set(True, state.inference)


class set_grad_enabled(Switch):
    """Record or do not, from here on or for the block of a ``with``.

    Raises  TypeError for a mode that is not a bool.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> with minigrad.set_grad_enabled(False):
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'enabled' must be bool, not {type(mode).__name__}")
        self.mode = mode
        self._set(mode, state.inference)  # at once: it is also called as a plain function

    def __call__(self, function: F) -> F:
        self.__exit__()
        return super().__call__(function)

    def _fresh(self) -> Any:
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        state.grad = self.mode and not state.inference

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"


class inference_mode(Switch):
    """Like ``no_grad``, and what is made here can never take part in a recorded computation.

    >>> with minigrad.inference_mode():
    ...     y = minigrad.ones(2)
    >>> y.is_inference()
    True
    """

    @overload
    def __new__(cls, mode: bool = True) -> Self: ...
    @overload
    def __new__(cls, mode: F) -> F: ...  # type: ignore[misc]
    def __new__(cls, mode: Any = True) -> Any:
        return object.__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def _fresh(self) -> Any:
        return inference_mode(self.mode)

    def __enter__(self) -> None:
        self._set(not self.mode, self.mode)


def is_grad_enabled() -> bool:
    """Whether operations are recorded.

    >>> with minigrad.no_grad():
    ...     minigrad.is_grad_enabled()
    False
    """
    return state.grad


def is_inference_mode_enabled() -> bool:
    """Whether new tensors are inference tensors.

    >>> minigrad.is_inference_mode_enabled()
    False
    """
    return state.inference
