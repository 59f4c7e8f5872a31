"""Memory that is used again: never while somebody can still see what is in it."""

from __future__ import annotations

import gc
import mmap
import os
import threading

import pytest
import torch

from cuda_ops import upfirdn2d
from cuda_ops.cpu import memory
from tests.cuda_ops.native import isa, normal

__all__ = ["isa"]

SIZE = 3_000_001  # floats; a size no other test uses


def _address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def test_memory_is_used_again_once_every_view_is_gone():
    y = memory.empty(SIZE)
    place = _address(y)
    view = y[10:20].numpy()
    del y
    gc.collect()
    other = memory.empty(SIZE)
    assert _address(other) != place
    view[:] = 7
    assert (view == 7).all()
    del view
    gc.collect()
    again = memory.empty(SIZE)
    assert _address(again) == place
    assert again.shape == (SIZE,)
    assert again.dtype == torch.float32


def test_a_block_serves_sizes_a_little_below_its_own_only():
    first = memory.empty(5_000_001)
    place = _address(first)
    del first
    assert _address(memory.empty(2_500_000)) != place
    near = memory.empty(10, 450_000)
    assert _address(near) == place
    assert near.shape == (10, 450_000)


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 3 * 4 * SIZE)
    tensors = [memory.empty(SIZE) for _ in range(6)]
    tensors.clear()
    gc.collect()
    assert 0 < memory.kept_bytes() <= memory.KEPT


def test_threads_do_not_share_a_block():
    wrong = []

    def work(value: float) -> None:
        for _ in range(200):
            y = memory.empty(300_000)
            y.fill_(value)
            if not bool((y == value).all()):
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(float(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_small_tensors_come_from_torch():
    kept = memory.kept_bytes()
    del_me = memory.empty(2, 3)
    assert del_me.shape == (2, 3)
    del del_me
    assert memory.kept_bytes() == kept


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of Python 3.12: there are threads
def test_a_forked_process_does_not_write_into_its_parents_results():
    y = memory.empty(SIZE)
    y.fill_(1)
    values = y.numpy()
    child = os.fork()
    if child == 0:  # without torch, whose threads are not there any more
        values[:] = 7
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (values == 1).all()


def test_large_results_can_be_modified_in_place_where_gradients_are_kept(isa: str):
    x = normal(1, 2, 512, 512).requires_grad_()
    assert 4 * x.numel() >= memory.SMALLEST
    y = upfirdn2d(x, torch.ones(1), gain=2, impl="native")
    y.mul_(3)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.full_like(x, 6))


class _NoLargePages(mmap.mmap):
    def madvise(self, *arguments: int) -> None:
        raise OSError(22, "Invalid argument")


def test_a_system_without_large_pages_has_memory_all_the_same(monkeypatch):
    monkeypatch.setattr(mmap, "mmap", _NoLargePages)
    assert memory.empty(7_000_001).shape == (7_000_001,)


def test_too_large_a_result_is_a_memory_error():
    with pytest.raises(MemoryError, match=r"there are not \d+ bytes of memory for a result"):
        memory.empty(2**58)
