"""The client for asyncio: cancelled requests, closed loops, many at once."""

from __future__ import annotations

import asyncio
import gc
import pickle
import threading
import time
from typing import Any

import pytest
import qlower
from qlower import AsyncClient, RetryPolicy, Sandbox
from support import KEY, Raw, text, until


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": KEY}}


def test_it_does_what_the_other_one_does(qlower_sandbox: Sandbox) -> None:
    async def main() -> None:
        async with AsyncClient(**qlower_sandbox.client_settings("acme")) as client:
            receipt = await client.send(text(3))
            assert receipt.reply.success_count == 3
            assert (await client.send(qlower.checked(text(2)))).reply.success_count == 2
            assert (await client.send(text(500))).reply.success_count == 500
            sent = await client.send_all(text(3))
            assert sent.is_complete
            sent = await client.send_all(qlower.split(text(3), max_items=1), concurrency=3)
            assert sent.is_complete and len(sent.parts) == 3
            upload = await client.upload(text(3))
            status = await client.wait_for(upload, 10)
            assert status.status == "success"
            assert (await client.upload_status(upload.to_dict())).is_final
        with pytest.raises(qlower.QlowerError, match="closed"):
            await client.send(text())

    asyncio.run(main())


def test_nothing_leaves_if_there_is_an_error(qlower_sandbox: Sandbox) -> None:
    async def main() -> None:
        async with AsyncClient(qlower_sandbox.url) as client:
            for source in ("{}", {}, " " * 20_000 + "{}"):
                with pytest.raises(qlower.ValidationError) as caught:
                    await client.send(source)
                assert caught.value.report is not None

    asyncio.run(main())
    assert qlower_sandbox.requests == []


def test_a_cancelled_task_closes_its_connection() -> None:
    async def main(server: Raw) -> None:
        async with AsyncClient(server.url, timeout=600) as client:
            task = asyncio.create_task(client.send(text()))
            await asyncio.to_thread(server.arrived.wait, 5)
            assert not server.closed.is_set()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.closed.wait, 60)

    with Raw() as server:
        asyncio.run(main(server))


def test_a_timeout_of_the_programs_own_cancels() -> None:
    async def main(server: Raw) -> None:
        async with AsyncClient(server.url) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.send(text()), 0.3)
            assert await asyncio.to_thread(server.closed.wait, 5)

    with Raw() as server:
        asyncio.run(main(server))


def test_a_wait_between_two_tries_is_cancelled() -> None:
    async def main() -> None:
        policy = RetryPolicy(base_delay=6000, max_delay=6000, total=60_000)
        async with AsyncClient("http://127.0.0.1:1", retry=policy) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.send(text()), 0.3)

    start = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - start < 60


def test_errors_are_raised_where_it_is_awaited() -> None:
    async def main() -> None:
        async with AsyncClient("http://127.0.0.1:1", retry=RetryPolicy.none()) as client:
            results = await asyncio.gather(
                client.send(text()), client.send(text()), return_exceptions=True
            )
        assert [type(result) for result in results] == [qlower.TransportError] * 2

    asyncio.run(main())


def test_a_loop_that_is_closed_meanwhile_is_left_alone() -> None:
    with Raw() as server:
        client = AsyncClient(server.url, timeout=0.4, retry=RetryPolicy.none())
        loop = asyncio.new_event_loop()
        task = loop.create_task(client.send(text()))
        loop.run_until_complete(asyncio.sleep(0.1))
        assert until(server.arrived.is_set)
        loop.close()
        # The request ends when its time is up, and finds no loop to tell.
        time.sleep(0.6)
        task.get_coro().close()  # type: ignore[union-attr]
        del task, loop
        gc.collect()
        assert until(server.closed.is_set)
        # The client is as good as ever.
        with pytest.raises(qlower.TimeoutError):
            asyncio.run(client.send(text()))


def test_what_nobody_waits_for_any_more_is_given_up() -> None:
    with Raw() as server:
        loop = asyncio.new_event_loop()
        coroutine = AsyncClient(server.url).send(text())
        task = loop.create_task(coroutine)
        loop.run_until_complete(asyncio.sleep(0.1))
        assert until(server.arrived.is_set)
        loop.close()
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        del task
        coroutine.close()
        assert until(server.closed.is_set)


def test_a_client_belongs_to_no_loop(qlower_sandbox: Sandbox) -> None:
    client = AsyncClient(qlower_sandbox.url)
    for _ in range(3):
        assert asyncio.run(client.send(text())).certainty == "processed"
    again = pickle.loads(pickle.dumps(client))
    assert asyncio.run(again.send(text())).certainty == "processed"


def test_loops_in_several_threads_share_a_client(qlower_sandbox: Sandbox) -> None:
    client = AsyncClient(qlower_sandbox.url)
    done: list[str] = []

    async def main() -> None:
        receipts = await asyncio.gather(*(client.send(text(1 + n)) for n in range(10)))
        done.extend(receipt.certainty for receipt in receipts)

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["processed"] * 40


def test_many_at_once(qlower_sandbox: Sandbox) -> None:
    async def main() -> None:
        async with AsyncClient(qlower_sandbox.url) as client:
            receipts = await asyncio.gather(*(client.send(text()) for _ in range(200)))
        assert len(receipts) == 200

    asyncio.run(main())
    assert qlower_sandbox.loads == 200


def test_the_loop_goes_on_meanwhile() -> None:
    async def main(server: Raw) -> int:
        turns = 0
        async with AsyncClient(server.url, timeout=0.5, retry=RetryPolicy.none()) as client:
            task = asyncio.create_task(client.send(text()))
            while not task.done():
                turns += 1
                await asyncio.sleep(0.001)
            assert isinstance(task.exception(), qlower.TimeoutError)
        return turns

    with Raw() as server:
        assert asyncio.run(main(server)) > 100


def test_progress_is_told_in_the_loops_thread(qlower_sandbox: Sandbox) -> None:
    seen: list[tuple[int, int, int]] = []

    async def main() -> None:
        async with AsyncClient(**qlower_sandbox.client_settings("acme")) as client:
            await client.upload(
                text(),
                on_progress=lambda p: seen.append((p.done, p.total, threading.get_ident())),
            )
            await asyncio.sleep(0)

    asyncio.run(main())
    size = len(text())
    assert [(done, total) for done, total, _ in seen] == [(0, size), (size, size)]
    assert {thread for *_, thread in seen} == {threading.get_ident()}


def test_what_progress_raises_stops_the_upload(qlower_sandbox: Sandbox) -> None:
    def enough(_: qlower.UploadProgress) -> None:
        raise RuntimeError("enough")

    async def main() -> None:
        qlower_sandbox.fail_next_s3("slow", delay=600)
        async with AsyncClient(**qlower_sandbox.client_settings("acme")) as client:
            with pytest.raises(RuntimeError, match="enough"):
                await client.upload(text(), on_progress=enough)

    asyncio.run(main())
