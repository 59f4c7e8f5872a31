"""Archives that climb out of their folder or unpack without end are refused before anything."""

import gzip
import io
import struct
import tarfile
import time
import tracemalloc
import zipfile

import pytest

from tests.train.data.zoo import image, saved, zipped
from train.data.choices import ImportChoices
from train.data.doctor import examine
from train.data.sources import open_source
from train.errors import DataError, UnsafeArchiveError

GOOD = {"a.png": saved(image(1)), "b.png": saved(image(2))}


@pytest.mark.parametrize(
    "name", ["../a.png", "x/../../a.png", "/etc/a.png", "C:/a.png", "..\\a.png", "x/..\\..\\a.png"]
)
def test_paths_that_climb(tmp_path, name):
    path = zipped(tmp_path / "climb.zip", GOOD | {name: b"x"})

    with pytest.raises(UnsafeArchiveError, match="climb out of its folder"):
        open_source(path)


def test_links(tmp_path):
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("a.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")

    with pytest.raises(UnsafeArchiveError, match="is a link"):
        open_source(path)


def test_a_zip_that_unpacks_without_end(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            with archive.open(f"{number}.bmp", "w") as file:
                for _ in range(40):
                    file.write(bytes(1 << 20))

    with pytest.raises(UnsafeArchiveError, match="times its size"):
        open_source(path)


def test_files_on_top_of_each_other(tmp_path):
    """Every entry of the table of contents points at the same compressed bytes."""
    path = zipped(tmp_path / "one.zip", {"a.png": bytes(5000)})
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    entry, end = data[start : data.rindex(b"PK\x05\x06")], data[data.rindex(b"PK\x05\x06") :]
    entries = b"".join(entry.replace(b"a.png", b"%05d" % number) for number in range(50))
    struct.pack_into("<HHI", end, 8, 50, 50, len(entries))
    path.write_bytes(data[:start] + entries + end)

    with pytest.raises(UnsafeArchiveError, match="on top of each other"):
        open_source(path)


def test_a_member_that_lies_about_its_size(tmp_path):
    """A small claim, a large stream behind it: no more than the claim is unpacked."""
    path = zipped(tmp_path / "lie.zip", GOOD | {"c.png": bytes(50 << 20)}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    while data[at + 46 : at + 51] != b"c.png":
        at = data.rindex(b"PK\x01\x02", 0, at)
    struct.pack_into("<I", data, at + 24, 1000)
    path.write_bytes(data)

    tracemalloc.start()
    with open_source(path) as source:
        report = examine(source, ImportChoices())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 << 20
    assert [item.name for item in report.findings] == ["c.png"]


def test_damaged_members_are_findings_and_damaged_zips_sentences(tmp_path):
    path = zipped(tmp_path / "damaged.zip", GOOD | {"c.png": saved(image(3))})
    data = bytearray(path.read_bytes())
    middle = data.index(b"c.png") + 2000
    data[middle : middle + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)

    with open_source(path) as source:
        report = examine(source, ImportChoices())
    assert [(item.name, item.problem) for item in report.findings] == [("c.png", "unreadable")]
    path.write_bytes(data[:3000])
    with pytest.raises(DataError, match=r"damaged\.zip is no intact zip"):
        open_source(path)


def test_a_name_that_is_there_twice(tmp_path):
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", GOOD["a.png"])
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", GOOD["b.png"])

    with pytest.raises(UnsafeArchiveError, match="twice"):
        open_source(path)


def test_encrypted_members_say_so(tmp_path):
    path = zipped(tmp_path / "secret.zip", GOOD)
    data = bytearray(path.read_bytes())
    for sign, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(sign) + flags] |= 1
    path.write_bytes(data)

    with open_source(path) as source:
        report = examine(source, ImportChoices())
    assert [item.reason for item in report.findings] == [
        "is encrypted; unpack it with its password first"
    ]


def tar_of(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_tar_with_links_or_climbing_paths(tmp_path):
    link = tarfile.TarInfo("cifar/data_batch_1")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"

    with pytest.raises(UnsafeArchiveError, match="is a link"):
        open_source(tar_of(tmp_path / "link.tar.gz", (link, b"")))
    climb = tarfile.TarInfo("../data_batch_1")
    with pytest.raises(UnsafeArchiveError, match="climb"):
        open_source(tar_of(tmp_path / "climb.tar.gz", (climb, b"x")))


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_tar_that_unpacks_without_end(tmp_path, kind, monkeypatch):
    """Whichever header claims the size: the stream itself is bounded."""
    monkeypatch.setattr("train.data.sources.cifar._MAX_BYTES", 8 << 20)
    info = tarfile.TarInfo("cifar/data_batch_1")
    info.type, info.size = kind, 64 << 20
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(64):
            file.write(bytes(1 << 20))

    started = time.monotonic()
    with pytest.raises(UnsafeArchiveError, match="far more than CIFAR"):
        open_source(path)
    assert time.monotonic() - started < 20


def test_idx_that_claims_more_than_it_holds(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    sizes = struct.pack(">III", 4_000_000, 64, 32)
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 3]) + sizes))

    tracemalloc.start()
    with pytest.raises(DataError, match="cut off"):
        open_source(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_folders_in_a_circle_end(tmp_path):
    (tmp_path / "a.png").write_bytes(GOOD["a.png"])
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)

    with open_source(tmp_path) as source:
        assert [entry.name for entry in source.entries] == ["a.png"]
