"""Worker processes: the batches of one process, the seeds of torch's workers, and every way to end."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch

import minigrad
from minigrad.utils.data import DataLoader, get_worker_info, parallel
from tests.utils.data.picklable import Draws, Odd, Squares, Troubled, as_it_is, local_error
from tests.utils.data.test_collate import shown
from tests.utils.data.test_dataloader import epochs, make
from tests.utils.data.test_dataset import stream


def shares(torch: ModuleType, n: int) -> Any:
    """A stream that each worker takes its part of."""

    class Shares(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            info = torch.utils.data.get_worker_info()
            return iter(range(n)) if info is None else iter(range(info.id, n, info.num_workers))

    return Shares()


# ---- the same batches ----


@pytest.mark.parametrize(
    ("order", "own", "options"),
    [
        ("shuffle", False, {"batch_size": 4, "drop_last": True}),
        ("replacement", True, {"batch_size": None, "persistent_workers": True}),
        ("eager", False, {"batch_size": 5, "persistent_workers": True, "prefetch_factor": 1}),
        ("batches", True, {"batch_size": 2, "persistent_workers": True, "prefetch_factor": 5}),
    ],
)
def test_batches_and_generators_as_torch(order: str, own: bool, options: dict[str, Any]) -> None:
    ours, reference = (
        epochs(torch, *make(torch, 23, order, own, 7, {**options, "num_workers": 2}), 2) for torch in (minigrad, _torch)
    )
    assert ours == reference


def test_batches_and_generators_as_without_workers() -> None:
    alone, workers = (
        epochs(minigrad, *make(minigrad, 23, "subset", False, 7, {"batch_size": None, "num_workers": n}), 0)
        for n in (0, 2)
    )
    assert alone[:-2] == workers[:-2]  # but for the third epoch: workers draw ahead


@pytest.mark.parametrize(
    ("n", "options", "parts"),
    [
        (0, {"batch_size": 3}, True),
        (1, {"batch_size": None}, True),
        (7, {"batch_size": 3}, False),
        (16, {"batch_size": 3, "drop_last": True}, True),
    ],
)
def test_streams_as_torch(n: int, options: dict[str, Any], parts: bool) -> None:
    """Each worker iterates its own copy; one may end before the other."""
    found = []
    for torch in (minigrad, _torch):
        dataset = shares(torch, n) if parts else stream(torch, range(n))
        loader = torch.utils.data.DataLoader(dataset, num_workers=2, persistent_workers=n != 1, **options)
        found.append([[shown(batch) for batch in loader] for _ in range(2)])
    assert found[0] == found[1]


def test_uneven_streams() -> None:
    found = []
    for torch in (minigrad, _torch):

        class Uneven(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
            def __iter__(self, torch: Any = torch) -> Any:
                return iter(range(1 + 9 * torch.utils.data.get_worker_info().id))

        loader = torch.utils.data.DataLoader(Uneven(), batch_size=2, num_workers=2)
        found.append([shown(batch) for batch in loader])
    assert found[0] == found[1]


def test_seeds_and_worker_info() -> None:
    found = []
    for torch in (minigrad, _torch):
        torch.manual_seed(11)
        loader = torch.utils.data.DataLoader(Draws(torch), batch_size=2, num_workers=2, collate_fn=as_it_is)
        found.append([batch[0] for batch in loader])  # the first sample a worker fetches, before it draws more
    for ours, reference in zip(found[0][:2], found[1][:2], strict=True):
        assert ours == reference
    assert [ours[0] for ours in found[0]] == [0, 1, 0, 1]
    assert get_worker_info() is None


def test_worker_init_fn_may_change_the_copy(torch: ModuleType) -> None:
    class Offset(list[int]):
        plus = 0

        def __getitem__(self, i: Any) -> Any:
            return super().__getitem__(i) + self.plus

    def begin(worker_id: int) -> None:
        torch.utils.data.get_worker_info().dataset.plus = 100 * (worker_id + 1)

    loader = torch.utils.data.DataLoader(Offset(range(4)), num_workers=2, worker_init_fn=begin)
    assert [batch.item() for batch in loader] == [100, 201, 102, 203]


def test_out_of_order() -> None:
    class Lame:
        def __len__(self) -> int:
            return 6

        def __getitem__(self, i: int) -> int:
            time.sleep(0.3 if i == 0 else 0)
            return i

    loader = DataLoader(Lame(), batch_size=1, num_workers=2, in_order=False)
    numbers = [batch.item() for batch in loader]
    assert sorted(numbers) == list(range(6)) and numbers[0] != 0


def test_large_batches_of_many_indices() -> None:
    """Both directions of a pipe full at once: a task of 0.3 MB waits while a batch of 1.6 MB does."""
    x = minigrad.arange(200_000)
    loader = DataLoader(minigrad.utils.data.TensorDataset(x, x), batch_size=100_000, num_workers=1, prefetch_factor=4)
    time.sleep(0.2)
    for _ in range(2):
        assert [batch[0].sum().item() for batch in loader] == [4999950000, 14999950000]


def test_batches_can_be_written() -> None:
    for x, _ in DataLoader(Squares(4), batch_size=2, num_workers=1):
        x.fill_(1)
        assert x.tolist() == [1, 1]


def test_workers_are_kept() -> None:
    class Pid:
        def __len__(self) -> int:
            return 4

        def __getitem__(self, i: int) -> int:
            return os.getpid()

    for keep in (True, False):
        loader = DataLoader(Pid(), num_workers=2, persistent_workers=keep)
        first, second = ({batch.item() for batch in loader} for _ in range(2))
        assert len(first) == 2 and os.getpid() not in first
        assert (first == second) is keep


def test_a_second_loop_while_the_first_is_not_over() -> None:
    for keep in (True, False):
        loader = DataLoader(list(range(9)), num_workers=2, persistent_workers=keep)
        assert [batch.item() for batch in itertools.islice(loader, 3)] == [0, 1, 2]
        assert [batch.item() for batch in loader] == list(range(9))


def test_a_loop_in_another_thread() -> None:
    found: list[int] = []
    loader = DataLoader(list(range(9)), num_workers=2)
    thread = threading.Thread(target=lambda: found.extend(batch.item() for batch in loader))
    thread.start()
    thread.join(20)
    assert found == list(range(9))


# ---- exceptions ----


@pytest.mark.parametrize(
    ("torch", "error", "raised"),
    [
        (minigrad, ValueError("bad pixel"), ValueError),
        (minigrad, KeyError("bad pixel"), KeyError),
        (minigrad, Odd("bad pixel", 2), RuntimeError),
        (minigrad, UnicodeDecodeError("utf-8", b"", 0, 1, "bad pixel"), RuntimeError),
        (_torch, KeyError("bad pixel"), KeyError),
        (_torch, Odd("bad pixel", 2), RuntimeError),
    ],
)
def test_an_exception_of_the_dataset(torch: ModuleType, error: Exception, raised: type[Exception]) -> None:
    batches = iter(torch.utils.data.DataLoader(Troubled(error), batch_size=2, num_workers=2))
    assert [next(batches).tolist() for _ in range(2)] == [[0, 1], [2, 3]]
    with pytest.raises(raised) as caught:
        next(batches)
    text = str(caught.value)
    assert text.startswith(f"Caught {type(error).__name__} in DataLoader worker process 0.\nOriginal Traceback (most ")
    assert "in __getitem__\n" in text and "bad pixel" in text
    assert [batch.tolist() for batch in batches] == [[6, 7], [8, 9]]  # the worker goes on


def test_an_exception_class_without_an_address() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)^Caught Local in DataLoader worker process 1\..*hidden"):
        list(DataLoader(Troubled(local_error()), num_workers=2))


def test_an_exception_of_worker_init_fn() -> None:
    def begin(worker_id: int) -> None:
        raise ValueError(f"no worker {worker_id}")

    batches = iter(DataLoader("abc", num_workers=1, worker_init_fn=begin))
    with pytest.raises(ValueError, match=r"(?s)Caught ValueError in DataLoader worker process 0.*no worker 0"):
        next(batches)


def test_a_batch_that_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match=r"(?s)sends its batch by pickling.*lambda"):
        list(DataLoader(Troubled("unsendable"), num_workers=2, collate_fn=as_it_is))


def test_prefetch_factor_0() -> None:
    with pytest.raises(AssertionError, match="prefetch_factor must be greater than 0"):
        iter(DataLoader("abc", num_workers=1, prefetch_factor=0))


# ---- ends ----


@pytest.mark.parametrize(
    ("what", "cause", "keep"),
    [("_exit", "exit code 3", True), ("kill", "SIGKILL", False), ("sys.exit", "exit code 4", False)],
)
def test_a_dead_worker(what: str, cause: str, keep: bool) -> None:
    loader = DataLoader(Troubled(what), num_workers=2, persistent_workers=keep)
    batches = iter(loader)
    with pytest.raises(RuntimeError, match=rf"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly: .*{cause}"):
        list(batches)
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        next(batches)
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        list(loader)  # new workers, the same end
    del batches, loader


def test_a_worker_that_dies_between_two_batches() -> None:
    loader = DataLoader(list(range(100)), num_workers=2, persistent_workers=True)
    batches = iter(loader)
    assert next(batches).item() == 0
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        list(batches)
    assert [batch.item() for batch in loader] == list(range(100))


def test_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_PATIENCE", 0.1)
    loader = DataLoader(Troubled("sleep"), batch_size=5, num_workers=2, timeout=0.3)
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.3 seconds"):
        list(loader)


def test_break_ends_the_workers() -> None:
    for _ in DataLoader(list(range(1000)), num_workers=2):
        break
    assert multiprocessing.active_children() == []


def test_a_slow_worker_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_PATIENCE", 0.1)
    for _ in DataLoader(Troubled("sleep"), batch_size=5, num_workers=2):
        break
    assert multiprocessing.active_children() == []


def test_loaders_do_not_keep_each_others_workers_alive() -> None:
    """A forked worker inherits our ends of older pipes: if it kept them open, older workers would not see the end."""
    first = iter(DataLoader(list(range(9)), num_workers=2))
    second = iter(DataLoader(list(range(9)), num_workers=2))
    next(first), next(second)
    older = first._pool._processes  # type: ignore[attr-defined]
    del first
    assert [worker.exitcode for worker in older] == [0, 0]  # they left, and were not terminated
    del second


def test_a_fork_of_the_main_process_leaves_the_workers_alone() -> None:
    loader = DataLoader(list(range(9)), num_workers=2, persistent_workers=True)
    batches = iter(loader)
    next(batches)
    if (pid := os.fork()) == 0:
        loader._iterator = batches = None  # type: ignore[assignment]
        os._exit([batch.item() for batch in loader] != list(range(9)))  # with workers of its own
    assert os.waitpid(pid, 0)[1] == 0
    assert [batch.item() for batch in batches] == list(range(1, 9))


def test_the_main_process_is_killed() -> None:
    """Its workers leave, though nobody tells them to."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        batches = iter(DataLoader(list(range(9)), num_workers=2))
        next(batches)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(sink)
    assert os.read(source, 1) == b""  # the workers have inherited it: read waits until the last of them is gone
    os.close(source)


# ---- whole programs ----


def run(program: str, *, interrupt: bool = False, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a group of processes of its own; with ``interrupt`` press Ctrl-C when it says so."""
    if interrupt:  # where the tests run in the background, Ctrl-C is ignored, and so it would be in their children
        program = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{program}"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **env},
    )
    assert process.stdout is not None
    if interrupt:
        assert process.stdout.readline() == "now\n"
        os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # it, and its workers
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_the_program_ends_in_the_middle_of_a_loop() -> None:
    done = run(
        "from minigrad.utils.data import DataLoader\n"
        "loader = DataLoader(list(range(99)), num_workers=2, persistent_workers=True)\n"
        "batches, more = iter(loader), iter(DataLoader(list(range(99)), num_workers=2))\n"
        "print(next(batches), next(more))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensor([0]) tensor([0])\n", "")


def test_the_program_ends_while_a_worker_is_busy() -> None:
    done = run(
        "import signal\n"
        "from tests.utils.data.picklable import Troubled\n"
        "from minigrad.utils.data import DataLoader\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('not for workers'))\n"
        "batches = iter(DataLoader(Troubled('sleep'), batch_size=5, num_workers=2))\n"
        "print(next(batches))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensor([0, 1, 2, 3, 4])\n", "")


def test_the_program_ends_before_a_worker_has_begun() -> None:
    done = run(
        "import os, signal, time\n"
        "from minigrad.utils.data import DataLoader\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('not for workers'))\n"
        "delays = [0, 3]  # seconds until the next fork gets anywhere\n"
        "slow = lambda: time.sleep(delays[0])\n"
        "os.register_at_fork(after_in_child=slow, after_in_parent=lambda: delays.pop(0))\n"
        "batches = iter(DataLoader(list(range(9)), num_workers=2))\n"
        "print(next(batches))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensor([0])\n", "")


def test_ctrl_c() -> None:
    done = run(
        "import time\n"
        "from minigrad.utils.data import DataLoader\n"
        "for batch in DataLoader(list(range(99)), num_workers=2):\n"
        "    print('now', flush=True)\n"
        "    time.sleep(20)\n",
        interrupt=True,
    )
    assert done.returncode == -signal.SIGINT and done.stderr.count("Traceback") == 1
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_ctrl_c_while_the_loop_waits() -> None:
    done = run(
        "from tests.utils.data.picklable import Troubled\n"
        "from minigrad.utils.data import DataLoader\n"
        "try:\n"
        "    for batch in DataLoader(Troubled('sleep'), num_workers=2):\n"
        "        if batch == 4: print('now', flush=True)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n",
        interrupt=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


def test_threads_of_the_linear_algebra_survive_a_fork() -> None:
    done = run(
        "import numpy as np\n"
        "from minigrad.utils.data import DataLoader\n"
        "class Products:\n"
        "    def __len__(self): return 8\n"
        "    def __getitem__(self, i): return (a @ a)[0, 0]\n"
        "a = np.ones((200, 200))\n"
        "print(sum((a @ a)[0, 0] == batch.item() for batch in DataLoader(Products(), num_workers=2)))\n",
        OPENBLAS_NUM_THREADS="4",
        OMP_NUM_THREADS="4",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "8\n", "")


# ---- spawn ----


def test_spawned_workers() -> None:
    minigrad.manual_seed(0)
    loader = DataLoader(Squares(10), 4, True, num_workers=2, multiprocessing_context="spawn", collate_fn=None)
    spawned = [shown(batch) for batch in loader]
    minigrad.manual_seed(0)
    assert spawned == [shown(batch) for batch in DataLoader(Squares(10), 4, True)]


@pytest.mark.parametrize("what", ["dataset", "collate_fn", "worker_init_fn"])
def test_what_has_no_address_cannot_be_pickled(what: str) -> None:
    class Local(list[int]):
        pass

    options = {"dataset": "ab", what: Local([1]) if what == "dataset" else lambda x: x}
    with pytest.raises((AttributeError, TypeError), match=r"(?s)Can't .*top level of a module") as caught:
        list(DataLoader(**options, num_workers=1, multiprocessing_context="spawn"))
    assert type(caught.value.__cause__) is type(caught.value)


def test_a_class_of_a_prompt_cannot_be_found_by_the_worker() -> None:
    done = run(
        "from minigrad.utils.data import DataLoader\n"
        "class Typed(list): pass\n"
        "try:\n"
        "    list(DataLoader(Typed([1, 2]), num_workers=1, multiprocessing_context='spawn'))\n"
        "except AttributeError as error:\n"
        "    print(error)\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Caught AttributeError in DataLoader worker process 0.\nOriginal Traceback")
    assert "Can't get attribute 'Typed'" in done.stdout and "top level of a module" in done.stdout


def test_a_lock_travels_to_spawned_workers() -> None:
    context = multiprocessing.get_context("spawn")
    dataset = Squares(2)
    dataset.lock = context.Lock()  # type: ignore[attr-defined]
    assert len(list(DataLoader(dataset, num_workers=1, multiprocessing_context=context))) == 2


def test_the_server_of_forks_hands_on_no_waiting_signals() -> None:
    done = run(
        "import multiprocessing, signal\n"
        "from multiprocessing import resource_tracker\n"
        "from minigrad.utils.data import DataLoader\n"
        "resource_tracker.ensure_running()  # otherwise its start would let the signals through again\n"
        "context = multiprocessing.get_context('forkserver')\n"
        "print(*DataLoader([1, 2], num_workers=1, multiprocessing_context=context))\n"
        "with context.Pool(1) as pool:\n"
        "    print(pool.apply(signal.pthread_sigmask, (signal.SIG_BLOCK, [])))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensor([1]) tensor([2])\nset()\n", "")


def test_numpy_arrays_travel() -> None:
    big = np.random.default_rng(0).random((8, 3, 300, 300), np.float32)
    batches = list(DataLoader(list(big), batch_size=4, num_workers=2))
    assert np.array_equal(np.concatenate([batch.numpy() for batch in batches]), big)
