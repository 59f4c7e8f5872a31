"""The newest message wins, and closing lets everybody go."""

import threading
import time

from explorer.render.mailbox import Mailbox


def test_newest_message_replaces_the_one_that_waits():
    mailbox: Mailbox[int] = Mailbox()
    assert mailbox.put(1)
    assert mailbox.put(2)
    assert mailbox.peek() == 2
    assert mailbox.take() == 2
    assert mailbox.take() is None


def test_take_waits_for_a_message_from_another_thread():
    mailbox: Mailbox[str] = Mailbox()
    threading.Timer(0.05, mailbox.put, ["late"]).start()
    assert mailbox.take(timeout_secs=5) == "late"


def test_close_wakes_who_waits_and_refuses_what_comes_later():
    mailbox: Mailbox[int] = Mailbox()
    started = time.monotonic()
    threading.Timer(0.05, mailbox.close).start()
    assert mailbox.take(timeout_secs=10) is None
    assert time.monotonic() - started < 5
    assert not mailbox.open
    assert not mailbox.put(3)
    assert mailbox.take() is None
