"""OSC over real UDP, sent by python-osc, and packets that nobody should send."""

from __future__ import annotations

import contextlib
import math
import random
import socket
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from explorer.live.controllers import messages
from explorer.live.controllers.messages import ControlChange, Inbox
from explorer.live.controllers.osc import OscError, OscServer, PacketError, changes_of


def packet(address: str, *values: object) -> bytes:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


def bundle(*contents: bytes) -> bytes:
    data = b"#bundle\0" + bytes(8)
    for content in contents:
        data += struct.pack(">i", len(content)) + content
    return data


@pytest.fixture
def inbox():
    return Inbox(lambda: None)


@pytest.fixture
def server(inbox):
    made = OscServer(inbox.put, 0)
    yield made
    made.close()


def taken(inbox: Inbox, count: int) -> dict[str, tuple[float, ...]]:
    """Return what arrives until `count` addresses are there."""
    found: dict[str, tuple[float, ...]] = {}
    until = time.monotonic() + 5
    while len(found) < count:
        assert time.monotonic() < until, found
        found |= inbox.take()
        time.sleep(0.002)
    return found


def test_numbers_arrive_over_udp(server, inbox):
    with SimpleUDPClient("127.0.0.1", server.port) as client:
        client.send_message("/psi", 0.25)
        client.send_message("/seed", 42)
        client.send_message("/xy", [0.5, "text", True, 2.0])

    assert taken(inbox, 5) == {
        "osc:/psi": (0.25,),
        "osc:/seed": (42.0,),
        "osc:/xy": (0.5,),
        "osc:/xy#2": (1.0,),
        "osc:/xy#3": (2.0,),
    }


def test_bundles_are_read_at_once_whatever_their_time():
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(time.time() + 3600)
    for builder, address in ((inner, "/a"), (outer, "/b")):
        message = OscMessageBuilder(address)
        message.add_arg(1.5)
        builder.add_content(message.build())
    outer.add_content(inner.build())

    found = changes_of(outer.build().dgram)
    assert found == [ControlChange("osc:/b", 1.5), ControlChange("osc:/a", 1.5)]


def test_texts_and_blobs_are_passed_over():
    data = packet("/mixed", "hello", b"\x01\x02\x03", 7, False, None, 2**40)
    assert [change.value for change in changes_of(data)] == [7.0, 0.0, float(2**40)]


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"/psi",  # no end
        b"psi\0,f\0\0" + bytes(4),
        b"/psi\0\0\0\0xf\0\0" + bytes(4),
        b"/psi\0\0\0\0,f\0\0\0",  # half a number
        b"/psi\0\0\0\0,q\0\0" + bytes(8),
        b"/psi\0\0\0\0,b\0\0" + struct.pack(">i", -8) + bytes(8),
        b"/psi\0\0\0\0,b\0\0" + struct.pack(">i", 2**31 - 1),
        b"/p\ts\0\0\0\0,i\0\0" + bytes(4),
        b"/" + b"p" * 300 + b"\0\0\0,i\0\0" + bytes(4),
        b"/p\0\0," + b"T" * 80 + b"\0" * 3,
        b"#bundle\0" + bytes(4),
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4) + packet("/a", 1),  # backwards for ever
        b"#bundle\0" + bytes(8) + struct.pack(">i", 0),
        b"#bundle\0" + bytes(8) + struct.pack(">i", 999) + packet("/a", 1),
        bundle(*[packet("/a", 1)] * 1100),
    ],
)
def test_bad_packets_are_refused(data):
    with pytest.raises(PacketError):
        changes_of(data)


def test_bundles_within_bundles_end_somewhere():
    data = packet("/a", 1)
    for _ in range(2000):
        data = bundle(data)
    with pytest.raises(PacketError, match="nested"):
        changes_of(data)


@given(st.binary(max_size=200))
def test_no_bytes_but_a_packet_is_one(data):
    with contextlib.suppress(PacketError):
        changes_of(data)


@given(st.data())
def test_broken_packets_are_refused_or_read(data):
    good = bytearray(bundle(packet("/psi", 0.5, "x", 3), packet("/xy", 0.1, 0.2)))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = changes_of(bytes(good))
    except PacketError:
        return
    assert all(change.address.startswith("osc:/") for change in found)


def test_garbage_over_udp_is_counted_and_does_nothing_else(server, inbox):
    noise = random.Random(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(50):
            sender.sendto(noise.randbytes(noise.randrange(1, 500)), ("127.0.0.1", server.port))
        sender.sendto(b"", ("127.0.0.1", server.port))
        sender.sendto(packet("/after", 1.0), ("127.0.0.1", server.port))

    assert taken(inbox, 1) == {"osc:/after": (1.0,)}
    assert server.bad_packets == 50


@pytest.mark.parametrize(
    "sent, kept", [(math.nan, ()), (math.inf, (1e12,)), (-math.inf, (-1e12,)), (3.4e38, (1e12,))]
)
def test_numbers_that_are_none_are_dropped_and_endless_ones_bounded(sent, kept, inbox):
    for change in changes_of(b"/a\0\0,f\0\0" + struct.pack(">f", sent)):
        inbox.put(change)
    assert inbox.take().get("osc:/a", ()) == kept


def test_a_port_in_use_is_one_sentence(server):
    with pytest.raises(OscError) as caught:
        OscServer(lambda _: None, server.port)
    assert str(caught.value) == (
        f"OSC port {server.port} is in use by another program; close it or choose another port."
    )


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_beyond_the_bounds_is_one_sentence(port):
    with pytest.raises(OscError, match=f"1 to 65535, got {port}"):
        OscServer(lambda _: None, port)


def test_a_closed_port_is_free_at_once():
    first = OscServer(lambda _: None, 0)
    port = first.port
    first.close()
    OscServer(lambda _: None, port).close()


def test_other_machines_are_heard_only_if_wanted(server):
    assert server.place == f"127.0.0.1:{server.port}"
    assert server._socket.getsockname()[0] == "127.0.0.1"
    everyone = OscServer(lambda _: None, 0, everyone=True)
    assert everyone._socket.getsockname()[0] == "0.0.0.0"
    assert everyone.place.endswith(f":{everyone.port}")
    everyone.close()


def test_one_frame_is_asked_for_however_much_arrives():
    frames: list[int] = []
    inbox = Inbox(lambda: frames.append(1))
    for value in range(1000):
        inbox.put(ControlChange("osc:/a", float(value)))
    assert len(frames) == 1
    values = inbox.take()["osc:/a"]
    assert values[-1] == 999
    assert len(values) == messages.MAX_VALUES
    inbox.put(ControlChange("osc:/a", 1.0))
    assert len(frames) == 2


def test_a_flood_of_addresses_takes_no_more_than_its_share(inbox):
    for index in range(5000):
        inbox.put(ControlChange(f"osc:/{index}", 1.0))
    assert len(inbox.take()) == messages.MAX_ADDRESSES
