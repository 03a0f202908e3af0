"""What a worker process does: it takes numbers of samples out of a pipe, and puts batches in.

    main process                                   worker 0
    sampler ──> (epoch, number, indices) ──pipe──> fetch ──> outbox ──> thread ──┐
    loop    <── (epoch, number, batch)   <─pipe──────────────────────────────────┘

The pipe is the worker's life line. When the main process closes its end, or dies, the worker reads "end of file" and
leaves; when the worker dies, the main process reads it and says so. They share no lock, so a
process that dies holds none. The thread lets the worker start on the next batch while the last one waits to be read.
"""

from __future__ import annotations

import pickle
import random as python_random
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from queue import SimpleQueue
from typing import Any, NoReturn

import numpy as np

from ... import random
from . import info
from .fetch import Fetch


class IterableDatasetStopIteration:
    """Instead of a batch: this worker's copy of an IterableDataset has no more samples."""


class ExceptionWrapper:
    """Instead of a batch: an exception with its traceback, which the main process raises."""

    def __init__(self, error: Exception, worker_id: int) -> None:
        self.error: type[Exception] = type(error)
        trace = "".join(traceback.format_exception(error))
        self.text = f"Caught {self.error.__name__} in DataLoader worker process {worker_id}.\nOriginal {trace}"
        try:
            pickle.dumps(self.error)
        except Exception:  # a class that cannot be imported by name in the main process
            self.error = RuntimeError

    def reraise(self) -> NoReturn:
        """Raise an exception of the same class, with the worker's traceback as its message."""
        text = _Verbatim(self.text) if self.error is KeyError else self.text
        try:
            error = self.error(text)
        except Exception:  # a class that wants other arguments
            raise RuntimeError(self.text) from None
        raise error


class _Verbatim(str):
    """The message of a KeyError, which shows the repr of it: this repr keeps a traceback's lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return self


def pickling_error(error: Exception) -> Exception:
    """A failure to pickle what a worker needs, with a hint: the same class of exception."""
    return type(error)(
        f"{error}\nA worker process gets the dataset, collate_fn and worker_init_fn by pickling. A pickle holds no "
        "code, only the address of a class or function: its module and its name there. What is defined inside a "
        "function, as a lambda, or in a notebook or prompt has no address that the worker can import. Hint: define it "
        "with class or def at the top level of a module (a .py file) and import it from there; or give DataLoader "
        'num_workers=0, or multiprocessing_context="fork" where the system has it.'
    )


def work(pipe: Any, payload: Any, worker_id: int, num_workers: int, base_seed: int) -> None:
    """Answer every task in the pipe until it ends: the main function of a worker process.

    payload  holds a Fetcher and the worker_init_fn
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a fork inherits the main process's handler: reset it
    _mask("SIG_UNBLOCK", {signal.SIGTERM})
    outbox: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_send_all, args=(outbox, pipe), daemon=True).start()
    # the pipe is closed, or Ctrl-C came: to the main process too
    with suppress(EOFError, OSError, KeyboardInterrupt), _signals("SIG_UNBLOCK", {signal.SIGINT}):
        _answer_all(pipe, outbox, payload, worker_id, num_workers, base_seed)


def signals_blocked() -> AbstractContextManager[None]:
    """Inside, signals that end a process wait: those of this thread, and of a worker forked there until it is ready.

    A worker that has hardly begun would run the main process's handlers, or print a traceback that means nothing.
    """
    return _signals("SIG_BLOCK", {signal.SIGINT, signal.SIGTERM})


@contextmanager
def _signals(how: str, which: set[Any]) -> Iterator[None]:
    """Inside, these signals wait (SIG_BLOCK) or do not (SIG_UNBLOCK)."""
    before = _mask(how, which)
    try:
        yield
    finally:
        _mask("SIG_SETMASK", before)


def _mask(how: str, which: set[Any]) -> set[Any]:
    """Change which signals wait, and return which did before."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return set()
    return signal.pthread_sigmask(getattr(signal, how), which)


def _answer_all(
    pipe: Any, outbox: SimpleQueue[bytes], payload: Any, worker_id: int, num_workers: int, base_seed: int
) -> None:
    failed, ended, current, fetch = None, False, -1, None
    try:
        seed_everything(base_seed, worker_id)
        fetcher, init_fn = payload.open()
        info.current = info.WorkerInfo(worker_id, num_workers, base_seed + worker_id, fetcher.dataset)
        if init_fn is not None:
            init_fn(worker_id)
    except Exception as error:
        failed = ExceptionWrapper(error, worker_id)
    while True:
        epoch, number, index = pickle.loads(pipe.recv_bytes())
        if epoch != current:
            current, ended, fetch = epoch, False, None
        if ended:
            continue
        reply: Any = failed
        if reply is None:
            try:
                fetch = fetch or fetcher.start()
                reply = _fetched(fetch, index)
            except Exception as error:
                reply = ExceptionWrapper(error, worker_id)
        ended = isinstance(reply, IterableDatasetStopIteration)
        outbox.put(_packed(epoch, number, reply, worker_id))


def _fetched(fetch: Fetch, index: Any) -> Any:
    try:
        return fetch(index)
    except StopIteration:
        return IterableDatasetStopIteration()


def _packed(epoch: int, number: int, reply: Any, worker_id: int) -> bytes:
    try:
        return pickle.dumps((epoch, number, reply), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps((epoch, number, ExceptionWrapper(_unsendable(error), worker_id)))


def _unsendable(error: Exception) -> Exception:
    return TypeError(
        f"a worker process sends its batch by pickling, and this one cannot be pickled: {error}. Let the dataset or "
        "collate_fn return tensors, arrays and plain data, or give DataLoader num_workers=0"
    )


def _send_all(outbox: SimpleQueue[bytes], pipe: Any) -> None:
    with suppress(OSError):  # nobody reads any more
        while True:
            pipe.send_bytes(outbox.get())


def seed_everything(base_seed: int, worker_id: int) -> None:
    """Start every worker's generators, torch's, Python's and NumPy's, from a seed of its own."""
    python_random.seed(base_seed + worker_id)
    random.manual_seed(base_seed + worker_id)
    entropy = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]  # four words
    np.random.seed(np.random.SeedSequence(entropy).generate_state(4))
