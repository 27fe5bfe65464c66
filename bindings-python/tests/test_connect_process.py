"""Deliveries and feeds in children of fork and spawn."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from pathlib import Path

import pytest
import qlower
from ftpd import Ftpd
from qlower import live
from readings import Endpoint
from test_fork import forks, in_child
from test_ftp import PHOTOS, to

from qlower import ftp  # isort: skip

HERE = Path(__file__).parent
PATH = "current_power"


def delivered(destination: ftp.Destination) -> str:
    return ftp.deliver(destination, PHOTOS).certainty


def read(feed: live.LiveFeed) -> str:
    with feed.watch() as watch:
        return str(watch.next(timeout=20))


@forks
def test_a_child_delivers_by_what_its_parent_has_used() -> None:
    with Ftpd() as server:
        destination = to(server)
        assert delivered(destination) == "processed"
        for _ in range(3):
            assert in_child(lambda: delivered(destination)) == b"processed"
            assert delivered(destination) == "processed"


@forks
def test_a_child_polls_for_itself() -> None:
    with Endpoint() as endpoint:
        feed = live.LiveFeed(endpoint.url, PATH, unit="MW", interval=1)
        with feed.watch() as watch:
            watch.next(timeout=10)
            assert in_child(lambda: read(feed)) == b"42.5 MW"

            def other() -> str:
                try:
                    watch.next(timeout=1)
                except qlower.QlowerError as error:
                    return f"{error} {watch.state} {watch.is_closed}"
                return "it went on"

            said = in_child(other)
            assert said == b"the watch was begun in another process, before a fork None True"
            assert watch.next(timeout=20) is not None


@forks
def test_forks_while_other_threads_watch() -> None:
    with Endpoint() as endpoint:
        feed = live.LiveFeed(endpoint.url, PATH, unit="MW", interval=1)
        watches = [feed.watch() for _ in range(4)]
        threads = [threading.Thread(target=lambda w=w: [None for _ in w]) for w in watches]
        for thread in threads:
            thread.start()
        try:
            for _ in range(5):
                assert in_child(lambda: read(feed)) == b"42.5 MW"
        finally:
            for watch in watches:
                watch.close()
            for thread in threads:
                thread.join(10)


@forks
def test_a_child_answers_by_its_parents_producer() -> None:
    began, may_end = threading.Event(), threading.Event()

    def source() -> float:
        began.set()
        if not may_end.is_set() and os.getpid() == parent:
            may_end.wait(20)
        return 42.5

    parent = os.getpid()
    producer = live.Producer(source)
    thread = threading.Thread(target=producer.answer, args=("GET",))
    thread.start()
    # Forked while the parent's source is at work, so that its lock and what is under way are copied.
    assert began.wait(10)
    assert in_child(lambda: producer.answer("GET").status) == b"200"
    may_end.set()
    thread.join()


@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=forks)])
def test_pools(method: str) -> None:
    with Ftpd() as server, Endpoint() as endpoint:
        feed = live.LiveFeed(endpoint.url, PATH, unit="MW")
        with multiprocessing.get_context(method).Pool(2) as pool:
            first = pool.apply_async(delivered, (to(server),))
            second = pool.apply_async(read, (feed,))
            assert (first.get(60), second.get(60)) == ("processed", "42.5 MW")


def test_what_stands_for_something_under_way_cannot_be_pickled() -> None:
    feed = live.LiveFeed("http://127.0.0.1:1/", PATH)
    with feed.watch() as watch, pytest.raises(TypeError):
        pickle.dumps(watch)
