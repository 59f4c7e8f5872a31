"""Samples depend on the seed and their number alone, and come fast."""

import threading
import time
import zipfile
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.train.data.zoo import fill, image, noise, saved, zipped
from train.config import DataShape
from train.data.dataset import Dataset
from train.data.png import encode_png
from train.data.sampler import Order
from train.distributed import shard_samples
from train.errors import DataError
from train.feed import feeding
from train.random import Draws


class Numbered:
    """Pictures that show their own number."""

    name, class_names, labels = "numbered", (), None

    def __init__(self, count):
        self.shape = DataShape(4, 1, 0, count)

    def read(self, index):
        picture = np.full([1, 4, 4], index % 256, np.uint8)
        picture[0, 0, 0] = 255  # tells whether it is mirrored
        return picture


class Steps:
    """What a Feed knows of a trainer."""

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self, seed=7, batch=8, ranks=1, rank=0, position=0, mirror=False, labels=None):
        self.config, self.labels = SimpleNamespace(mirror=mirror), labels
        self.draws, self.batch, self.cur_nimg = Draws(seed), batch, position
        self._ranks, self._rank = ranks, rank

    def my_indices(self):
        part = shard_samples(self.batch, self._ranks, self._rank)
        return [[self.cur_nimg + n for n in part]]


def feed_of(pictures, steps, workers):
    """Return a Feed for stand-ins."""
    return feeding(pictures, steps, workers)


def taken(feed, steps):
    """Return the shard of the next step, and count it."""
    (shard,) = feed.take()
    steps.cur_nimg += steps.batch
    return shard


def shards(count, workers=2, **options):
    steps = Steps(**options)
    with feed_of(Numbered(50), steps, workers) as feed:
        return [taken(feed, steps) for _ in range(count)]


def same(first, second):
    return first.indices == second.indices and torch.equal(first.reals, second.reals)


def test_threads_and_reading_ahead_change_nothing():
    expected = shards(20, workers=0, mirror=True)

    for workers in (1, 4):
        found = shards(20, workers=workers, mirror=True)
        assert all(same(a, b) for a, b in zip(expected, found, strict=True))
    assert not same(expected[0], shards(1, seed=8, mirror=True)[0])


def test_resuming_goes_on_where_it_was():
    straight = shards(30, mirror=True)
    resumed = shards(17, position=13 * 8, mirror=True)

    assert all(same(a, b) for a, b in zip(straight[13:], resumed, strict=True))


@pytest.mark.parametrize("ranks", [2, 4])
def test_processes_share_what_one_would_read(ranks):
    one = shards(10, mirror=True)
    parts = [shards(10, rank=rank, ranks=ranks, mirror=True) for rank in range(ranks)]

    for step, whole in enumerate(one):
        for rank in range(ranks):
            part = parts[rank][step]
            assert part.indices == whole.indices[rank::ranks]
            assert torch.equal(part.reals, whole.reals[rank::ranks])


def test_every_pass_shows_every_picture_once_and_none_too_soon():
    count, passes = 101, 12
    order = Order(Draws(3), count)
    shown = [order.picture(index) for index in range(count * passes)]

    last: dict[int, int] = {}
    for index, picture in enumerate(shown):
        if picture in last:
            assert count // 2 <= index - last[picture] <= count + count // 2 + 1
        last[picture] = index
    for start in range(0, len(shown), count):
        assert sorted(shown[start : start + count]) == list(range(count))
    assert shown[:count] != shown[count : 2 * count]


def test_the_order_can_be_entered_anywhere():
    straight = Order(Draws(3), 40)
    expected = [straight.picture(index) for index in range(2000)]

    for place in (1999, 0, 800, 41):
        assert Order(Draws(3), 40).picture(place) == expected[place]
    back = Order(Draws(3), 40)
    assert [back.picture(index) for index in reversed(range(2000))] == expected[::-1]


def test_the_order_forgets_how_it_began():
    """After some passes two neighbours are no longer near each other."""
    order = Order(Draws(5), 400)
    place = {order.picture(400 * 60 + index): index for index in range(400)}
    first = [order.picture(index) for index in range(400)]
    gaps = [abs(place[a] - place[b]) for a, b in pairwise(first)]

    assert np.mean(gaps) > 400 / 4.5  # 400 / 3 if nothing were left


def test_one_picture_and_no_window():
    assert [Order(Draws(0), 1).picture(index) for index in range(3)] == [0, 0, 0]
    order = Order(Draws(0), 10, window=0)
    assert [order.picture(i) for i in range(10)] == [order.picture(i) for i in range(50, 60)]


def test_half_of_the_samples_are_mirrored():
    images = torch.cat([shard.reals for shard in shards(50, mirror=True)])
    mirrored = (images[:, 0, 0, 3] == 1) & (images[:, 0, 0, 0] != 1)

    assert 0.4 < mirrored.float().mean() < 0.6
    plain = torch.cat([shard.reals for shard in shards(5)])
    assert (plain[:, 0, 0, 0] == 1).all()


def dataset_of(path, count=6, **options):
    files = {f"{i}.png": encode_png(noise(i, 16, 16)) for i in range(count)}
    if path.suffix == ".zip":
        zipped(path, files)
    else:
        fill(path, files)
    return Dataset(path, **options)


@pytest.mark.parametrize("name", ["set", "set.zip"])
@pytest.mark.parametrize("cache_bytes", [0, None])
def test_pictures_come_from_zip_and_folder(tmp_path, name, cache_bytes):
    with dataset_of(tmp_path / name, cache_bytes=cache_bytes) as data:
        for _ in range(2):
            np.testing.assert_array_equal(data.read(3), noise(3, 16, 16).transpose(2, 0, 1))


def test_a_vanished_file_is_named(tmp_path):
    data = dataset_of(tmp_path / "set", cache_bytes=0)
    steps = Steps(batch=6)
    with feed_of(data, steps, 2) as feed:
        taken(feed, steps)
        (tmp_path / "set" / "4.png").unlink()
        with pytest.raises(DataError, match=r"4\.png in .*set cannot be used: the file is gone"):
            [taken(feed, steps) for _ in range(6)]


def test_a_zip_that_was_cut_off_meanwhile_is_named(tmp_path):
    data = dataset_of(tmp_path / "set.zip", cache_bytes=0)
    with (tmp_path / "set.zip").open("r+b") as file:
        file.truncate(1500)

    with pytest.raises(DataError, match=r"5\.png in .*set\.zip cannot be used"):
        data.read(5)
    np.testing.assert_array_equal(data.read(0), noise(0, 16, 16).transpose(2, 0, 1))


def test_pictures_in_memory_outlive_their_file(tmp_path):
    data = dataset_of(tmp_path / "set")
    pictures = [data.read(index).copy() for index in range(6)]
    for file in (tmp_path / "set").iterdir():
        file.unlink()

    for index, picture in enumerate(pictures):
        np.testing.assert_array_equal(data.read(index), picture)


def test_data_sets_that_cannot_be_trained_on_say_what_to_do(tmp_path):
    square, wide = encode_png(noise(1, 16, 16)), encode_png(noise(1, 20, 16))
    grey = encode_png(noise(1, 16, 16, 1))
    unlabelled = b'{"labels": [["0.png", 1]]}'
    for number, (files, words) in enumerate(
        [
            ({"0.png": wide}, "20 x 16 px"),
            ({"a.txt": b""}, "holds no pictures"),
            ({"0.png": b"nothing"}, r"0\.png in .* cannot be used"),
            ({"0.png": square, "1.png": square, "dataset.json": unlabelled}, "have no label"),
        ]
    ):
        with pytest.raises(DataError, match=words):
            Dataset(fill(tmp_path / str(number), files))
    mixed = Dataset(fill(tmp_path / "mixed", {"0.png": square, "1.png": grey}))
    with pytest.raises(DataError, match="16 x 16 x 1, the first picture 16 x 16 x 3"):
        mixed.read(1)
    with pytest.raises(DataError, match="There is no data set"):
        Dataset(tmp_path / "gone.zip")
    (tmp_path / "no.zip").write_bytes(b"no zip")
    with pytest.raises(DataError, match="no intact zip"):
        Dataset(tmp_path / "no.zip")


def test_compressed_foreign_data_sets_are_read_too(tmp_path):
    files = {f"{i}.png": saved(image(i, 16, 16)) for i in range(3)}
    files["9.jpg"] = saved(image(9, 16, 16), "JPEG")
    path = zipped(tmp_path / "set.zip", files, zipfile.ZIP_DEFLATED)

    with Dataset(path) as data:
        np.testing.assert_array_equal(data.read(2), noise(2, 16, 16).transpose(2, 0, 1))
        assert data.read(3).shape == (3, 16, 16)


def test_labels_follow_their_pictures(tmp_path):
    import json

    labels = json.dumps(
        {"labels": [[f"{i}.png", i % 3] for i in range(6)], "class_names": list("abcd")}
    )
    files = {f"{i}.png": encode_png(np.full([4, 4, 1], i, np.uint8)) for i in range(6)}
    path = zipped(tmp_path / "set.zip", files | {"dataset.json": labels.encode()})

    with Dataset(path) as data:
        assert data.shape.c_dim == 4
        steps = Steps(batch=6, labels=data.labels)
        with feed_of(data, steps, 1) as feed:
            shard = taken(feed, steps)
    assert shard.real_c is not None
    numbers = ((shard.reals[:, 0, 0, 0] + 1) * 127.5).round()
    assert sorted(numbers.tolist()) == list(range(6))
    assert shard.real_c.argmax(1).tolist() == (numbers % 3).tolist()


def test_many_small_pictures_come_faster_than_any_network_takes_them(tmp_path):
    """A sanity bound far below what was measured: 64 px, one thread, nothing in memory.

    Counted in seconds of the processor, as others may use it, too.
    """
    files = {f"{i:04d}.png": encode_png(noise(i % 20)) for i in range(500)}
    data = Dataset(zipped(tmp_path / "set.zip", files), cache_bytes=0)
    steps = Steps(batch=50)
    with feed_of(data, steps, 1) as feed:
        taken(feed, steps)
        started = time.process_time()
        for _ in range(20):
            taken(feed, steps)
        assert 1000 / (time.process_time() - started) > 1500


def test_reading_is_ahead_of_the_step(tmp_path):
    """While a step computes, the next batches are read: the caller hardly waits."""

    class Slow(Numbered):
        def read(self, index):
            time.sleep(0.002)
            return super().read(index)

    steps, waited = Steps(), 0.0
    with feed_of(Slow(50), steps, 2) as feed:
        taken(feed, steps)
        for _ in range(5):
            time.sleep(0.06)
            started = time.perf_counter()
            taken(feed, steps)
            waited += time.perf_counter() - started
    assert waited < 0.05
    assert not any(thread.name.startswith("pictures") for thread in threading.enumerate())
