"""One pass over a DataLoader with worker processes: who gets which numbers, and in which order batches come back.

Batch k goes to worker k mod W, and at most ``prefetch_factor`` batches a worker are under way. They are handed out in
the order of their numbers, whoever is ready first: so the batches are those of ``num_workers=0``.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import signal
import time
import weakref
from contextlib import nullcontext
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.reduction import ForkingPickler
from typing import Any

from .iterator import Loader, LoaderIterator
from .worker import ExceptionWrapper, IterableDatasetStopIteration, pickling_error, signals_blocked, work

_PATIENCE = 5.0  # seconds that a worker gets to finish the batch it is at, when nobody wants it any more


class ParallelIterator(LoaderIterator[Any]):
    """Batches fetched ahead, in worker processes."""

    def __init__(self, loader: Loader) -> None:
        super().__init__(loader)
        if not loader.prefetch_factor:
            raise AssertionError("prefetch_factor must be greater than 0: nothing would ever be fetched")
        self._most = loader.prefetch_factor * self._num_workers
        self._in_order = loader.in_order
        self._timeout = loader.timeout
        self._persistent = loader.persistent_workers
        self._epoch = -1
        self._pool = WorkerPool(
            loader.multiprocessing_context or multiprocessing.get_context(),
            Payload((self._fetcher, loader.worker_init_fn)),
            self._num_workers,
            self._base_seed,
        )
        self._shutdown = weakref.finalize(self, self._pool.shutdown)
        self._shutdown.atexit = False  # when the program ends, multiprocessing terminates its daemons, without patience
        self.restart(loader)

    @property
    def usable(self) -> bool:
        """Whether the workers are there for another epoch: not shut down, not dead, and not another process's."""
        return self._pool.closed is None and self._pool.owner == os.getpid()

    def restart(self, loader: Loader) -> None:
        """Start an epoch and send out its first tasks. What is left of the last epoch is dropped when it arrives."""
        self._begin(loader)  # for the second time in the first epoch, as torch does: a sampler may draw numbers here
        self._epoch += 1
        self._next = self._sent = 0  # numbers of the batch that is due, and of the first task that is not sent yet
        self._outstanding: dict[int, int] = {}  # number of a task -> who has it
        self._active = [True] * self._num_workers  # False: its copy of an IterableDataset has ended
        self._turn = itertools.cycle(range(self._num_workers))
        for _ in range(self._most):
            self._send_task()

    def _send_task(self) -> None:
        """Give the next numbers to the next worker that has work to do, if there are any."""
        try:
            index = next(self._indices)
        except StopIteration:
            return
        for worker in itertools.islice(self._turn, self._num_workers):
            if self._active[worker] and (self._in_order or self._has_time(worker)):
                self._pool.send(worker, (self._epoch, self._sent, index))
                self._outstanding[self._sent] = worker
                self._sent += 1
                return

    def _has_time(self, worker: int) -> bool:
        load = sum(busy == worker for busy in self._outstanding.values())
        return load < self._most // sum(self._active)

    def _next_batch(self) -> Any:
        while True:
            while self._next < self._sent and self._next not in self._outstanding:
                self._next += 1  # handed out already, or given to a worker whose stream has ended
            if self._next == self._sent:
                if not self._persistent:
                    self._shutdown()
                raise StopIteration
            number, batch = self._receive()
            worker = self._outstanding.pop(number)
            if isinstance(batch, IterableDatasetStopIteration):
                self._active[worker] = False
                self._outstanding = {task: who for task, who in self._outstanding.items() if who != worker}
            self._send_task()
            if isinstance(batch, ExceptionWrapper):
                batch.reraise()
            if not isinstance(batch, IterableDatasetStopIteration):
                return batch

    def _receive(self) -> tuple[int, Any]:
        """The number and the batch of a task of this epoch: the one that is due or, out of order, any.

        Who has the task that is due answers it first: a worker does its tasks in turn.
        """
        while True:
            wanted = [self._outstanding[self._next]] if self._in_order else sorted(set(self._outstanding.values()))
            epoch, number, batch = self._pool.receive(wanted, self._timeout)
            if epoch == self._epoch and number in self._outstanding:
                return number, batch


def checked_context(context: Any) -> BaseContext:
    """A context of multiprocessing, or the one of that name.

    Raises  ValueError for a name that this system has not; TypeError for what is neither.
    """
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                f"multiprocessing_context={context!r}"
            )
        context = multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={context}"
        )
    return context


class Payload:
    """Things for a worker. A forked worker has them already; for others they are pickled, and unpickled by ``open``.

    So if unpickling fails, the worker reports an exception like any other; the process does not die at its start.
    """

    def __init__(self, content: Any) -> None:
        self.content = content

    def __reduce__(self) -> Any:
        return _PickledPayload, (bytes(ForkingPickler.dumps(self.content)),)

    def open(self) -> Any:
        """The things themselves."""
        return self.content


class _PickledPayload:
    """A payload as the worker receives it."""

    def __init__(self, pickled: bytes) -> None:
        self.pickled = pickled

    def open(self) -> Any:
        try:
            return pickle.loads(self.pickled)
        except (AttributeError, ImportError) as error:
            raise pickling_error(error) from error


class WorkerPool:
    """Worker processes, and a pipe to each."""

    def __init__(self, context: BaseContext, payload: Payload, num_workers: int, base_seed: int) -> None:
        self.closed: str | None = None  # why there are no workers any more
        self.owner = os.getpid()
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        serves = context.get_start_method() == "forkserver"  # which would keep signals waiting for all its forks
        try:
            for worker_id in range(num_workers):
                ours, theirs = context.Pipe()
                _ours.add(ours)
                self._pipes.append(ours)
                args = (theirs, payload, worker_id, num_workers, base_seed)
                process: Any = context.Process(target=work, args=args, daemon=True)  # type: ignore[attr-defined]
                with theirs, nullcontext() if serves else signals_blocked():
                    process.start()
                    self._processes.append(process)
        except (AttributeError, TypeError, pickle.PicklingError) as error:
            self.shutdown()
            raise pickling_error(error) from error
        except BaseException:
            self.shutdown()
            raise

    def send(self, worker: int, task: Any) -> None:
        """Put a task into a worker's pipe."""
        self._check()
        try:
            self._pipes[worker].send_bytes(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
        except OSError:
            self._report_death()

    def receive(self, wanted: list[int], timeout: float) -> Any:
        """The next message of one of the workers that are ``wanted``.

        Raises  RuntimeError if none comes in ``timeout`` seconds (0: wait forever), or if a worker has died.
        """
        self._check()
        pipes = [self._pipes[worker] for worker in wanted]
        ready = wait([*pipes, *(process.sentinel for process in self._processes)], timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        for pipe in pipes:
            if pipe in ready:
                try:
                    message = pipe.recv_bytes()
                except (EOFError, OSError):
                    break
                except KeyboardInterrupt:
                    self.closed = "DataLoader was interrupted in the middle of a batch: start another loop over it"
                    raise
                return pickle.loads(message)
        return self._report_death()

    def _check(self) -> None:
        if self.closed is not None:
            raise RuntimeError(self.closed)

    def _report_death(self) -> Any:
        ended = wait([process.sentinel for process in self._processes], _PATIENCE)  # a pipe ends before its process
        for process in self._processes:
            if process.sentinel in ended:
                process.join(1.0)
        dead = [process for process in self._processes if process.exitcode is not None]
        pids = ", ".join(str(process.pid) for process in dead)
        causes = ", ".join(dict.fromkeys(_cause(process.exitcode) for process in dead))
        self.closed = (
            f"DataLoader worker (pid(s) {pids}) exited unexpectedly: {causes}. num_workers=0 shows an error where it "
            "happens; workers started by spawn import the script, so its loop belongs under "
            'if __name__ == "__main__":'
        )
        raise RuntimeError(self.closed)

    def shutdown(self) -> None:
        """Close the pipes, so that the workers leave, and wait for them; those that do not leave are terminated."""
        if os.getpid() != self.owner:
            return  # a fork of the main process: the workers are not its children
        for pipe in self._pipes:
            pipe.close()
        deadline = time.monotonic() + _PATIENCE
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            for stop in (process.terminate, process.kill):
                if process.is_alive():
                    stop()
                    process.join(1.0)
        self.closed = self.closed or "DataLoader's workers have been shut down: start another loop over it"


def _cause(exitcode: int) -> str:
    if exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    return f"killed by {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")


_ours: weakref.WeakSet[Connection] = weakref.WeakSet()
"""Our ends of all pipes. A forked process inherits them, and a pipe ends only when every copy of its end is closed."""


def _close_inherited() -> None:
    for pipe in _ours:
        pipe.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)
