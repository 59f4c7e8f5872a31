"""Folders, zips, videos, arrays and archives all become the same numbered pictures."""

import gzip
import json
import subprocess
import tarfile
import zipfile
from itertools import pairwise

import numpy as np
import pytest

from tests.train.data.zoo import fill, image, noise, saved, zipped
from train.data.choices import ImportChoices
from train.data.pictures import open_picture
from train.data.sources import open_source
from train.data.sources.base import spread
from train.errors import DataError


def opened(what, **choices):
    with open_source(what, ImportChoices(**choices)) as source:
        pictures = [open_picture(source.read(i)).pixels for i in range(len(source.entries))]
        return source, pictures


def labels_of(source):
    return {entry.name: entry.label for entry in source.entries}


FILES = {
    f"{kind}/{i}.png": saved(image(10 * k + i)) for k, kind in enumerate("ab") for i in range(2)
}


def test_folder_and_zip_give_the_same(tmp_path):
    folder = fill(tmp_path / "set", FILES)
    from_folder, pictures = opened(folder)
    from_zip, others = opened(zipped(tmp_path / "set.zip", FILES, zipfile.ZIP_DEFLATED))

    assert labels_of(from_folder) == labels_of(from_zip) == {n: "ab".index(n[0]) for n in FILES}
    assert from_folder.class_names == ("a", "b")
    for mine, theirs in zip(pictures, others, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_folders_that_only_split_a_list_are_no_classes(tmp_path):
    files = {f"0000{i}/img{i}.png": saved(image(i)) for i in range(2)}
    folder = fill(tmp_path, files)

    assert set(labels_of(opened(folder)[0]).values()) == {None}
    assert opened(folder, labels="folders")[0].class_names == ("00000", "00001")


def test_digits_as_folders_are_classes_in_their_order(tmp_path):
    files = {f"{i}/x.png": saved(image(i)) for i in (10, 9, 2)}

    assert opened(fill(tmp_path, files))[0].class_names == ("2", "9", "10")


@pytest.mark.parametrize(
    "labels, expected, names",
    [
        ([["a/0.png", 3], ["b/0.png", 1]], {"a/0.png": 3, "b/0.png": 1}, ()),
        ({"a/0.png": 3}, {"a/0.png": 3}, ()),
        ([["a/0.png", "cat"], ["b/0.png", "ant"]], {"a/0.png": 1, "b/0.png": 0}, ("ant", "cat")),
        ([["a/0.png", [0.5, 1]]], {"a/0.png": (0.5, 1.0)}, ()),
        (None, {}, ()),
    ],
)
def test_labels_from_json(tmp_path, labels, expected, names):
    text = json.dumps({"labels": labels}).encode()
    source, _ = opened(fill(tmp_path, FILES | {"dataset.json": text}))

    assert {
        name: label for name, label in labels_of(source).items() if label is not None
    } == expected
    assert source.class_names == names


@pytest.mark.parametrize(
    "text, words",
    [
        (b"{", "not valid JSON"),
        (b'{"labels": 5}', "no list"),
        (b'{"labels": [["a/0.png", -1]]}', "label '-1'"),
        (b'{"labels": [["a/0.png", true]]}', "label 'True'"),
        (b'{"labels": [["a/0.png", 1], ["b/0.png", [1]]]}', "mixes"),
        (b'{"labels": [["a/0.png", {}]]}', "label"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_broken_labels_are_sentences(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        opened(fill(tmp_path, FILES | {"dataset.json": text}))


def test_labels_without_a_picture_are_listed(tmp_path):
    text = json.dumps({"labels": [["gone.png", 1], ["a/0.png", 0]]}).encode()
    source, _ = opened(fill(tmp_path, FILES | {"dataset.json": text}))

    assert [item.name for item in source.skipped] == ["gone.png"]


def test_at_most_so_many_are_spread_over_the_source(tmp_path):
    source, _ = opened(fill(tmp_path, FILES), max_images=2)

    assert [entry.name for entry in source.entries] == ["a/0.png", "b/0.png"]
    assert spread(10, 4) == [0, 2, 5, 7]
    assert spread(3, None) == [0, 1, 2]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Return a video of 30 frames whose brightness rises, and nothing else."""
    import imageio_ffmpeg

    path = tmp_path_factory.mktemp("video") / "film.mp4"
    frames = b"".join(bytes([8 * i]) * (64 * 48 * 3) for i in range(30))
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
    ]
    command += ["-s", "64x48", "-r", "10", "-i", "-", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, input=frames, check=True, timeout=60)
    return path


def test_every_frame_of_a_video(video):
    with open_source(video) as source:
        count = len(source.entries)
        means = list(source.map(lambda index, read: (index, read().mean()), range(count), 2))
        assert count == 30
        assert [index for index, _ in means] == list(range(30))
        for index, mean in means:
            assert mean == pytest.approx(8 * index, abs=6)
        assert np.mean(source.read(17)) == pytest.approx(8 * 17, abs=6)


def test_some_frames_of_a_video(video):
    with open_source(video, ImportChoices(fps=2)) as source:
        means = list(source.map(lambda index, read: read().mean(), range(len(source.entries)), 2))
        assert len(means) == 6
        assert all(a < b for a, b in pairwise(means))
    with open_source(video, ImportChoices(max_images=3)) as source:
        means = list(source.map(lambda index, read: read().mean(), range(3), 2))
        assert means == pytest.approx([0, 80, 160], abs=6)


def test_no_video(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"#EXTM3U\nfile:///etc/passwd\n" * 20)

    with pytest.raises(DataError, match=r"film\.mp4 holds no video"):
        open_source(path)


@pytest.mark.parametrize(
    "array",
    [
        noise(1, 16, 16)[None].repeat(3, 0),
        noise(1, 16, 16)[None].repeat(3, 0).transpose(0, 3, 1, 2),
        noise(1, 16, 16)[None].repeat(3, 0).astype(np.float32) / 255,
        noise(1, 16, 16)[None].repeat(3, 0).astype(np.float64) / 127.5 - 1,
        noise(1, 16, 16)[None].repeat(3, 0).astype(np.int64),
    ],
)
def test_arrays_in_their_usual_layouts(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", images=array, labels=np.array([2, 0, 1]))

    _, pictures = opened(tmp_path / "a.npy")
    source, others = opened(tmp_path / "a.npz")
    assert [entry.label for entry in source.entries] == [2, 0, 1]
    for picture in (*pictures, *others):
        np.testing.assert_allclose(picture.astype(int), noise(1, 16, 16).astype(int), atol=1)


def test_arrays_of_anything_else_are_refused(tmp_path):
    for name, array, words in (
        ("flat", np.zeros([4, 4]), "shape"),
        ("high", np.full([2, 4, 4], 1e6), "values from"),
        ("nan", np.full([2, 4, 4], np.nan), "finite"),
        ("complex", np.zeros([2, 4, 4], np.complex64), "complex"),
    ):
        np.save(tmp_path / f"{name}.npy", array)
        with pytest.raises(DataError, match=words):
            open_source(tmp_path / f"{name}.npy")
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(DataError, match="no intact array"):
        open_source(tmp_path / "objects.npy")
    np.savez(tmp_path / "names.npz", foo=np.zeros(3))
    with pytest.raises(DataError, match="holds foo"):
        open_source(tmp_path / "names.npz")


def idx(array, kind=8):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_mnist_with_its_labels(tmp_path, pack):
    images = np.stack([noise(i, 28, 28, 1)[..., 0] for i in range(5)])
    digits = np.array([3, 1, 4, 1, 5], np.uint8)
    end = "" if pack is bytes else ".gz"
    (tmp_path / f"train-images-idx3-ubyte{end}").write_bytes(pack(idx(images)))
    (tmp_path / f"train-labels-idx1-ubyte{end}").write_bytes(pack(idx(digits)))

    for what in (tmp_path, tmp_path / f"train-images-idx3-ubyte{end}"):
        source, pictures = opened(what)
        assert [entry.label for entry in source.entries] == [3, 1, 4, 1, 5]
        assert pictures[2].shape == (32, 32, 1)
        np.testing.assert_array_equal(pictures[2][2:-2, 2:-2, 0], images[2])


def test_broken_mnist_is_a_sentence(tmp_path):
    images = np.zeros([2, 28, 28], np.uint8)
    for data, words in (
        (idx(images)[:-5], "cut off: 5 of"),
        (gzip.compress(idx(images))[:-20], "damaged or cut off"),
        (idx(images, kind=13), "no idx file"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "claims"),
    ):
        path = tmp_path / "train-images-idx3-ubyte.gz"
        path.write_bytes(data)
        with pytest.raises(DataError, match=words):
            open_source(path)


def python2_string(data):
    if len(data) < 256:
        return b"U" + bytes([len(data)]) + data
    return b"T" + len(data).to_bytes(4, "little") + data


def python2_batch(pixels, labels, data=None):
    """Return a pickle as Python 2's cPickle wrote CIFAR-10's."""
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02"
    array += b"K\x00\x85U\x01b\x87Rq\x03"
    state = b"(K\x01M" + len(pixels).to_bytes(2, "little") + b"M\x00\x0c\x86cnumpy\ndtype\nq\x04"
    state += b"U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    state += python2_string(pixels.tobytes()) + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    body = python2_string(b"data") + (data or array + state) + python2_string(b"labels") + numbers
    return b"\x80\x02}q\x00(" + body + b"u."


def cifar(path, members):
    import io

    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def cifar_members():
    pixels = np.random.RandomState(0).randint(0, 256, [10, 3072]).astype(np.uint8)
    members = {
        f"data_batch_{i + 1}": python2_batch(pixels[2 * i : 2 * i + 2], [i, 9 - i])
        for i in range(5)
    }
    names = b"](" + b"".join(python2_string(b"class %d" % i) for i in range(10)) + b"e"
    members["batches.meta"] = b"\x80\x02}(" + python2_string(b"label_names") + names + b"u."
    members["test_batch"] = b"never read"
    return pixels, members


def test_cifar_without_running_its_pickles(tmp_path):
    import pickle

    pixels, members = cifar_members()
    source, pictures = opened(cifar(tmp_path / "cifar-10-python.tar.gz", members))

    assert [entry.label for entry in source.entries] == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    assert source.class_names[3] == "class 3"
    expected = pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(np.stack(pictures), expected)
    # The fixture is what it claims to be: Python reads the same from it.
    theirs = pickle.loads(members["data_batch_1"], encoding="latin1")
    np.testing.assert_array_equal(theirs["data"], pixels[:2])


@pytest.mark.parametrize(
    "batch, words",
    [
        (b"\x80\x02cposix\nsystem\nU\x02id\x85R.", "was refused: .*posix.system"),
        (b"\x80\x02cnumpy.core.multiarray\nscalar\n.", "was refused"),
        (b"\x80\x02c__builtin__\nbytearray\n.", "was refused"),
        (b"\x80\x02}U\xffab", "damaged"),
        (b"\x80\x02]T\xff\xff\xff\x7fab.", "damaged"),
        (b"\x80\x02r\xff\xff\xff\x7f.", "damaged"),
        (b"\x80\x02K\x01.", "instead of a table"),
        (b"\x80\x02}.", "holds no pictures"),
    ],
)
def test_hostile_cifar_is_refused(tmp_path, batch, words):
    with pytest.raises(DataError, match=words):
        open_source(cifar(tmp_path / "c.tar.gz", {"data_batch_1": batch}))


def test_what_is_no_source_says_what_would_be(tmp_path):
    (tmp_path / "a.docx").write_bytes(b"hello")
    (tmp_path / "empty").mkdir()

    for what, words in (
        ("a.docx", "nothing that holds pictures; expected a folder"),
        ("empty", "holds no pictures"),
        ("gone", "does not exist"),
    ):
        with pytest.raises(DataError, match=words):
            open_source(tmp_path / what)
    with pytest.raises(DataError, match="no CIFAR batches"):
        open_source(cifar(tmp_path / "other.tar.gz", {"a.png": b""}))
