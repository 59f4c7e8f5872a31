"""The safe format: bit-exact round trips, whole or not at all, and hostile headers."""

import errno
import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
import torch

from networks import checkpoint
from networks.checkpoint import load_model, save_model
from networks.errors import DamagedFileError, ModelFileError, UnsupportedModelError
from networks.files.bounds import LIMITS
from networks.files.safe import KEY
from networks.info import Source
from networks.model import Model
from tests.networks.files.fixtures import ARCHITECTURES, GOLDEN, golden_pickle, small_model


def assert_bit_exact(actual: Model, expected: Model) -> None:
    for role in ("generator", "discriminator"):
        ours, theirs = getattr(actual, role), getattr(expected, role)
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            assert ours.config == theirs.config
            state = ours.state_dict()
            assert set(state) == set(theirs.state_dict())
            for name, tensor in theirs.state_dict().items():
                assert state[name].numpy().tobytes() == tensor.numpy().tobytes(), name


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_save_and_load_is_bit_exact(architecture: str, tmp_path: Path) -> None:
    model = small_model(architecture)
    path = tmp_path / "a.safetensors"
    save_model(model, path)
    loaded = load_model(path)
    assert_bit_exact(loaded, model)
    assert loaded.info.source is not None
    assert loaded.info.source.name == "a.safetensors"
    assert replace(loaded.info, source=None) == model.info
    assert not loaded.generator.training
    assert not any(p.requires_grad for p in loaded.generator.parameters())


def test_saving_twice_gives_the_same_file(tmp_path: Path) -> None:
    model = small_model("stylegan3-t")
    for name in ("a", "b"):
        save_model(model, tmp_path / f"{name}.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_pickles_survive_conversion(name: str, tmp_path: Path) -> None:
    path = golden_pickle(name)
    model = load_model(path)
    save_model(model, tmp_path / "a.safetensors")
    loaded = load_model(tmp_path / "a.safetensors")
    assert_bit_exact(loaded, model)
    assert loaded.info == model.info
    assert loaded.info.source is not None
    assert loaded.info.source.name == path.name
    assert loaded.info.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_not_a_number_survives_bit_for_bit(tmp_path: Path) -> None:
    model = small_model("stylegan2")
    save_model(model, tmp_path / "a.safetensors")
    copy = load_model(tmp_path / "a.safetensors")
    bits = torch.tensor([0x7FC12345, -0x3EDCBB, 0x7F800001], dtype=torch.int32)
    copy.generator.w_avg[:3] = bits.view(torch.float32)
    save_model(copy, tmp_path / "b.safetensors")
    assert_bit_exact(load_model(tmp_path / "b.safetensors"), copy)


def test_a_model_without_a_discriminator(tmp_path: Path) -> None:
    model = replace(small_model("stylegan2"), discriminator=None)
    save_model(model, tmp_path / "a.safetensors")
    assert_bit_exact(load_model(tmp_path / "a.safetensors"), model)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")

    def full_disk(file: IO[bytes], *_: Any) -> None:
        file.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_safe", full_disk)
    with pytest.raises(OSError, match="No space left") as caught:
        save_model(small_model("stylegan2"), path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="safetensors"):
        save_model(small_model("stylegan2"), tmp_path / "a.pkl")


def test_an_interrupted_save_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "write_safe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_model(small_model("stylegan2"), tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.platform("linux")
def test_a_disk_that_is_full_half_way_is_an_oserror_naming_the_file(tmp_path: Path) -> None:
    import resource
    import signal

    path = tmp_path / "a.safetensors"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
    try:
        with pytest.raises(OSError, match="too large") as caught:
            save_model(small_model("stylegan2"), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "d.safetensors").mkdir()
    (tmp_path / "file").touch()
    for path in (tmp_path / "d.safetensors", tmp_path / "file" / "a.safetensors"):
        with pytest.raises(OSError, match="directory") as caught:
            save_model(small_model("stylegan2"), path)
        assert caught.value.filename == str(path)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_safetensors_library_reads_what_is_written(tmp_path: Path) -> None:
    from safetensors import safe_open

    model = small_model("stylegan3-r")
    save_model(model, tmp_path / "a.safetensors")
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        assert set(file.metadata()) == {KEY}
        for name, tensor in model.generator.state_dict().items():
            assert torch.equal(file.get_tensor(f"generator.{name}"), tensor), name


@pytest.mark.parametrize("name", ["a\\b.pkl", "x" * 300])
def test_any_source_name_can_be_read_back(name: str, tmp_path: Path) -> None:
    model = small_model("stylegan2")
    model = replace(model, info=replace(model.info, source=Source(name, "0" * 64)))
    save_model(model, tmp_path / "a.safetensors")
    source = load_model(tmp_path / "a.safetensors").info.source
    assert source == Source(name.replace("\\", "_")[-255:], "0" * 64)


def parts(folder: Path) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """(header, our description, numbers) of a valid file."""
    path = folder / "valid.safetensors"
    save_model(small_model("stylegan2"), path)
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    return header, json.loads(header["__metadata__"][KEY]), data[8 + size :]


def rebuilt(header: Any, description: Any, body: bytes) -> bytes:
    if isinstance(header, dict):
        header = header | {"__metadata__": {KEY: json.dumps(description)}}
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + body


FIRST = "generator.mapping.fc0.bias"

HOSTILE_HEADERS = {
    "lying shape": lambda h, d, b: h[FIRST].update(shape=[10**12]),
    "huge shape": lambda h, d, b: h[FIRST].update(shape=[2**40, 2**40]),
    "negative": lambda h, d, b: h[FIRST].update(shape=[-8]),
    "fraction": lambda h, d, b: h[FIRST].update(shape=[8.0]),
    "boolean": lambda h, d, b: h[FIRST].update(shape=[True]),
    "many axes": lambda h, d, b: h[FIRST].update(shape=[1] * 9),
    "other shape": lambda h, d, b: h[FIRST].update(shape=[2, 4]),
    "other type": lambda h, d, b: h[FIRST].update(dtype="F16"),
    "overlap": lambda h, d, b: h[FIRST].update(h["generator.mapping.fc1.bias"]),
    "behind the end": lambda h, d, b: h[FIRST].update(data_offsets=[2**40, 2**40 + 32]),
    "backwards": lambda h, d, b: h[FIRST].update(data_offsets=[32, 0]),
    "missing": lambda h, d, b: h.pop(FIRST),
    "unknown tensor": lambda h, d, b: h.update({"generator.x": h.pop(FIRST)}),
    "unknown role": lambda h, d, b: h.update({"x.y": h.pop(FIRST)}),
    "not a tensor": lambda h, d, b: h.update({FIRST: 3}),
    "newer version": lambda h, d, b: d.update(version=2),
    "no version": lambda h, d, b: d.pop("version"),
    "unknown architecture": lambda h, d, b: d.update(architecture="biggan"),
    "other architecture": lambda h, d, b: d.update(architecture="stylegan3-t"),
    "no configuration": lambda h, d, b: d.pop("generator"),
    "unknown field": lambda h, d, b: d["generator"].update(x=1),
    "huge resolution": lambda h, d, b: d["generator"].update(resolution=2**40),
    "large resolution": lambda h, d, b: d["generator"].update(resolution=4096),
    "wide": lambda h, d, b: d["generator"].update(channels=[8192] * 3),
    "line break in a field": lambda h, d, b: d["generator"].update({"a\n\u2028b": 1}),
    "line break in a value": lambda h, d, b: d.update(architecture="a\n\x1b[31mb"),
    "long value": lambda h, d, b: d["generator"].update(resolution="x" * 10**6),
    "long list": lambda h, d, b: d["generator"].update(resolution=[[]] * 10**5),
    "long number": lambda h, d, b: d["generator"].update(resolution=10**4000),
    "text for a number": lambda h, d, b: d["generator"].update(z_dim="8"),
    "no discriminator": lambda h, d, b: d.update(discriminator=None),
    "path in the source": lambda h, d, b: d.update(source={"name": "/a/b", "sha256": ""}),
    "no digest": lambda h, d, b: d.update(source={"name": "a", "sha256": "x"}),
    "many notes": lambda h, d, b: d.update(notes=["x"] * 1000),
    "class names without classes": lambda h, d, b: d.update(class_names=["a"]),
}


@pytest.mark.parametrize("case", HOSTILE_HEADERS)
def test_headers_that_lie_are_refused(case: str, tmp_path: Path) -> None:
    header, description, body = parts(tmp_path)
    HOSTILE_HEADERS[case](header, description, body)
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(rebuilt(header, description, body))
    with pytest.raises(ModelFileError, match=r"^hostile\.safetensors: ") as caught:
        load_model(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 2**39) + b"{}",
        struct.pack("<Q", LIMITS.header_bytes + 1) + b"{" * 64,
        struct.pack("<Q", 100_000) + b'{"a":' * 20_000,
        struct.pack("<Q", 8) + b'{"a":NaN',
        struct.pack("<Q", 9) + b'{"a":NaN}',
        struct.pack("<Q", 13) + b'{"a":1,"a":2}',
        struct.pack("<Q", 12) + b'{"a":"\xff\xfe"} ',
        struct.pack("<Q", 5) + b"{    ",
        struct.pack("<Q", 6005) + b'{"a":' + b"9" * 5999 + b"}",
    ],
)
def test_headers_that_are_no_json_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError):
        load_model(path)


def test_other_programs_files_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(3)}, path, metadata={"format": "pt"})
    with pytest.raises(UnsupportedModelError, match="another program"):
        load_model(path)


def test_every_cut_off_file_is_refused(tmp_path: Path) -> None:
    save_model(small_model("stylegan2"), tmp_path / "a.safetensors")
    data = (tmp_path / "a.safetensors").read_bytes()
    for cut in range(200):
        path = tmp_path / "cut.safetensors"
        path.write_bytes(data[: len(data) * cut // 200])
        with pytest.raises(ModelFileError):
            load_model(path)
