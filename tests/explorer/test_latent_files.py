"""Latents in .npz and .npy: as others write and read them, and nothing a file can make of them."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from explorer.app import latent_files as app_latents
from explorer.app.latent_files import MAX_LATENTS, LatentFileError, read_latents, write_latents
from explorer.arrays import ArrayStore
from explorer.settings import SavedLatent
from tests.fakes import tiny_info

INFO = tiny_info()
SHAPE = (INFO.num_ws, INFO.w_dim)


def some(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def library(arrays, **latents):
    return [SavedLatent(name, arrays.add(ws)) for name, ws in latents.items()]


def test_an_npz_has_w_and_comes_back_with_its_names(tmp_path):
    arrays, path = ArrayStore(), str(tmp_path / "a.npz")
    one, two = some(*SHAPE), some(*SHAPE, seed=1)
    assert write_latents(path, library(arrays, smile=one, **{"näher / 2": two}), arrays) == 2
    with np.load(path) as file:
        assert file["w"].shape == (2, *SHAPE)
        assert file["w"].dtype == np.float32
        assert np.array_equal(file["w"], [one, two])
    (first, back), (second, _) = read_latents(path, INFO)
    assert (first, second) == ("smile", "näher / 2")
    assert np.array_equal(back, one)


def test_an_npy_is_w_alone(tmp_path):
    arrays, path = ArrayStore(), str(tmp_path / "a.npy")
    assert write_latents(path, library(arrays, a=some(*SHAPE), b=some(*SHAPE, seed=1)), arrays) == 2
    assert np.load(path).shape == (2, *SHAPE)
    assert [name for name, _ in read_latents(path, INFO)] == ["a 0", "a 1"]


def test_latents_of_models_of_another_size_are_left_out(tmp_path):
    arrays, path = ArrayStore(), str(tmp_path / "a.npz")
    saved = library(arrays, other=some(9, 5), a=some(*SHAPE), b=some(*SHAPE, seed=1))
    assert write_latents(path, saved, arrays) == 2
    assert [name for name, _ in read_latents(path, INFO)] == ["a", "b"]


@pytest.mark.parametrize(
    "shape, count",
    [
        (SHAPE, 1),
        ((3, *SHAPE), 3),
        ((INFO.w_dim,), 1),
        ((7, INFO.w_dim), 7),
        ((7, 1, INFO.w_dim), 7),
    ],
)
def test_every_shape_that_others_write(shape, count, tmp_path):
    array = some(*shape).astype(np.float64)
    np.savez(tmp_path / "projected_w.npz", w=array)
    found = read_latents(str(tmp_path / "projected_w.npz"), INFO)
    assert len(found) == count
    assert all(ws.shape == SHAPE and ws.dtype == np.float32 for _, ws in found)
    assert np.array_equal(found[-1][1][-1], array.reshape(-1, INFO.w_dim)[-1].astype(np.float32))
    assert found[0][0].startswith("projected_w")


def test_no_more_than_a_thousand_are_read(tmp_path):
    np.save(tmp_path / "a.npy", some(MAX_LATENTS + 5, INFO.w_dim))
    assert len(read_latents(str(tmp_path / "a.npy"), INFO)) == MAX_LATENTS


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def zipped(content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w.npy", content)
    return stream.getvalue()


def lying(content):
    claimed = content.replace(b"(5, 5), }", b"(99999999, 99999999), }")
    return claimed[: len(claimed) - (len(claimed) - len(content))]


FIVE = npy(some(5, 5))
FILES = {
    "empty": b"",
    "text": b"hello",
    "pickle": pickle.dumps({"w": 1}),
    "objects": npy(np.array([{}], dtype=object), allow_pickle=True),
    "objects in an archive": zipped(npy(np.array([{}], dtype=object), allow_pickle=True)),
    "cut": FIVE[:-4],
    "cut archive": zipped(FIVE)[:-30],
    "claims more": lying(FIVE),
    "claims more in an archive": zipped(lying(FIVE)),
    "another file in an archive": zipped(b"hello"),
    "other shape": FIVE,
    "texts": npy(np.array(["a"])),
    "infinite": npy(np.full(SHAPE, np.inf)),
    "too large for float32": npy(np.full(SHAPE, 1e200)),
    "nothing": npy(np.empty((0, *SHAPE))),
}


@pytest.mark.parametrize("kind", FILES)
def test_other_files_are_one_sentence(kind, tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(FILES[kind])
    with pytest.raises(LatentFileError, match=r"^a\.npz ") as caught:
        read_latents(str(path), INFO)
    assert "\n" not in str(caught.value)


def test_archives_that_unpack_to_too_much_are_refused_packed(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    path.write_bytes(zipped(npy(np.zeros((40_000, INFO.w_dim)))))
    monkeypatch.setattr(app_latents, "MAX_BYTES", 100_000)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(LatentFileError, match="unpacks to more"):
        read_latents(str(path), INFO)
