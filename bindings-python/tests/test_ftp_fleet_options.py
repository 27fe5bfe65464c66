"""Deliveries to fleets: what each option does, and what is told of jobs that fail."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from ftpd import Ftpd
from qlower import ftp
from test_ftp_fleet import PHOTOS, VIN, closed_port, text_of

LARGE = [("large", b"x" * 2_000_000)]
Deliver = Callable[..., ftp.FleetSummary]


def deliver(fleet: ftp.Fleet, jobs: Any, **options: Any) -> ftp.FleetSummary:
    return fleet.deliver(jobs, **options)


def deliver_async(fleet: ftp.Fleet, jobs: Any, **options: Any) -> ftp.FleetSummary:
    async def main() -> ftp.FleetSummary:
        return await fleet.deliver_async(jobs, **options)

    return asyncio.run(main())


both = pytest.mark.parametrize("deliver", [deliver, deliver_async])


@both
def test_deliveries_at_once(deliver: Deliver) -> None:
    with Ftpd(slow=0.2) as server:
        fleet = ftp.Fleet.parse(text_of({f"c{n}": server.port for n in range(6)}))
        jobs = [ftp.Job(f"c{n}", [(f"{n}", b"1")], {"vin": f"{n}"}) for n in range(6)]
        assert deliver(fleet, jobs, concurrency=1, silent_after=60).is_complete
        assert server.most == 1
        assert deliver(fleet, jobs, per_host=1, concurrency=6).is_complete
        assert server.most == 1
        assert deliver(fleet, jobs, per_host=2, concurrency=6).is_complete
        assert server.most == 2
        assert deliver(fleet, jobs, per_host=6, concurrency=6).is_complete
        assert 2 < server.most <= 6


@both
@pytest.mark.parametrize(
    ("options", "is_overtaken"),
    [
        ({"silent": 1, "silent_after": 0.05}, True),
        ({"silent": 0, "silent_after": 0.05}, False),
        ({"silent": 1, "silent_after": 60}, False),
    ],
)
def test_who_is_silent_is_overtaken(
    deliver: Deliver, options: dict[str, Any], is_overtaken: bool
) -> None:
    told: list[ftp.FleetProgress] = []
    with Ftpd(silent=True) as hanging, Ftpd() as sound:
        text = text_of({"hangs": hanging.port, "sound": sound.port})
        fleet = ftp.Fleet.parse(text.replace("timeout = 5", "timeout = 1.5\nconnect_timeout = 1.5"))
        jobs = [ftp.Job("hangs", PHOTOS, VIN), ftp.Job("sound", PHOTOS, VIN)]
        deliver(fleet, jobs, concurrency=1, progress=told.append, **options)
        assert hanging.fired
    order = [(step.destination, step.job, step.done, step.delivered) for step in told]
    first, second = ("sound", 1), ("hangs", 0)
    if not is_overtaken:
        first, second = second, first
    assert order == [(*first, 1, first[0] == "sound"), (*second, 2, second[0] == "sound")]
    assert [step.not_delivered for step in told] == [0 if is_overtaken else 1, 1]
    assert [step.jobs for step in told] == [2, 2]


@both
@pytest.mark.parametrize("limit", ["job_limit", "deadline"])
def test_what_takes_too_long_is_stopped(deliver: Deliver, limit: str) -> None:
    with Ftpd(hang_after=1) as hanging:
        text = text_of({"hangs": hanging.port}).replace("timeout = 5", "timeout = 60")
        jobs = [ftp.Job("hangs", LARGE, VIN)]
        summary = deliver(ftp.Fleet.parse(text), jobs, **{limit: 0.5})
    (job,) = summary.jobs
    assert (job.outcome, job.code, job.error) == ("stopped", limit, None)
    assert job.message is not None and "0.5 s" in job.message
    assert job.message_fr is not None and "0,5 s" in job.message_fr
    assert summary.counts["stopped"] == 1 and summary.remaining == jobs


@both
def test_what_a_callback_raises_is_raised(deliver: Deliver) -> None:
    def stop(_: ftp.FleetProgress) -> None:
        raise LookupError("enough")

    with Ftpd() as server, pytest.raises(LookupError, match="enough"):
        fleet = ftp.Fleet.parse(text_of({"north": server.port}))
        deliver(fleet, [ftp.Job("north", PHOTOS, VIN)] * 3, progress=stop)


def test_whose_thread_calls_back() -> None:
    threads: list[int] = []
    here = threading.get_ident()
    with Ftpd() as server:
        fleet = ftp.Fleet.parse(text_of({"north": server.port}))
        jobs = [ftp.Job("north", PHOTOS, VIN)]
        deliver_async(fleet, jobs, progress=lambda _: threads.append(threading.get_ident()))
        assert threads == [here]
        deliver(fleet, jobs, progress=lambda _: threads.append(threading.get_ident()))
        assert len(threads) == 2 and threads[1] != here


def test_details_reach_the_side_file() -> None:
    with Ftpd() as server:
        text = text_of({"north": server.port}).replace(
            "timeout = 5", 'timeout = 5\nside_file = "{vin}.json"'
        )
        fleet = ftp.Fleet.parse(text)
        summary = fleet.deliver([ftp.Job("north", PHOTOS, VIN, details={"by": "Zoé"})])
        side = json.loads(server.files["VF1AB000123456789.json"])
    assert summary.is_complete and side["details"] == {"by": "Zoé"}
    assert ftp.Job("north", PHOTOS, VIN) != ftp.Job("north", PHOTOS, VIN, details={"by": "Zoé"})


def test_what_is_told_of_broken_destinations() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(Ftpd()) for _ in range(2)]
        refusing = stack.enter_context(Ftpd(refuse_rename=True))
        ports = {"closed": closed_port(), "half": servers[0].port, "late": refusing.port}
        fleet = ftp.Fleet.parse(text_of(ports))
        jobs = [
            ftp.Job("half", PHOTOS, VIN),
            ftp.Job("closed", PHOTOS, VIN),
            ftp.Job("half", ["/does/not/exist.jpg"], VIN),
            ftp.Job("late", PHOTOS, VIN),
            ftp.Job("closed", PHOTOS, VIN, details={"n": 2}),
        ]
        summary = fleet.deliver(jobs)
        assert refusing.fired
    assert {each.name for each in summary.broken} == {"closed", "half", "late"}, "half is broken"
    assert summary.remaining == [jobs[1], jobs[2], jobs[3], jobs[4]], "in the order as given"
    assert [job.job for job in summary.destinations[0].jobs] == [0, 2]
    assert not summary.destinations[0].is_complete
    by_job = {job.job: job for job in summary.jobs}
    refused = by_job[3]
    assert refused.error is not None and refused.error.stage == "rename"
    assert refused.receipt == refused.error.receipt is not None
    assert refused.certainty == refused.error.certainty == "not_processed"
    assert by_job[1].code == by_job[1].error.kind == "transport"  # type: ignore[union-attr]
    assert all(job.waited >= 0 and job.duration >= 0 for job in by_job.values())
    waited = summary.to_dict()["destinations"][0]["jobs"][0]["waited_seconds"]
    assert by_job[0].waited == waited and by_job[0].duration > 0 and summary.duration > 0
    again = pickle.loads(pickle.dumps(summary))
    for job, same in zip(summary.jobs, again.jobs, strict=True):
        assert repr(job.error) == repr(same.error) and (job.error is None) == (same.error is None)
    one = pickle.loads(pickle.dumps(refused))
    assert str(one.error) == str(refused.error) and one.certainty == refused.certainty
    summary.counts["delivered"] = 99
    assert summary.counts["delivered"] == 1


def test_a_summary_is_told_in_both_languages() -> None:
    with Ftpd() as server:
        ports = {"closed": closed_port(), "wrong": server.port}
        fleet = ftp.Fleet.parse(text_of(ports, wrong="wrong"))
        summary = fleet.deliver([ftp.Job(name, PHOTOS, VIN) for name in ("closed", "wrong")])
    assert str(summary) == summary.text() == summary.text("en") != summary.text("fr")
    assert "sur 2 : " in summary.text("fr").splitlines()[0]
    for job in summary.jobs:
        assert job.message and job.message_fr and job.message != job.message_fr
        assert job.message in summary.text() and job.message_fr in summary.text("fr")
        assert job.error is not None and job.error.message_fr in job.message_fr
    told = json.loads(summary.to_json())
    assert told == summary.to_dict()
    first = told["destinations"][0]["jobs"][0]["error"]
    assert first["message_fr"] == next(iter(summary.jobs)).message_fr
    assert "connexion" in summary.to_json() and "\\u00" not in summary.to_json()
    assert pickle.loads(pickle.dumps(summary)).text("fr") == summary.text("fr")
    with pytest.raises(ValueError, match="unknown language"):
        summary.text("de")  # type: ignore[arg-type]


def test_mistakes_are_told_in_both_languages() -> None:
    with pytest.raises(ftp.FleetError) as caught:
        ftp.Fleet.parse("[users.bob]\nhots = 'h'\nuser = 'u'\n")
    error = caught.value
    for mistake in error.mistakes:
        assert str(mistake) == mistake.text in str(error)
        assert mistake.message in mistake.text and mistake.message_fr in mistake.text_fr
        assert mistake.message_fr != mistake.message and mistake.text_fr in error.message_fr
        assert pickle.loads(pickle.dumps(mistake)) == mistake
        assert mistake.to_dict()["message_fr"] == mistake.message_fr
    assert error.message_fr != str(error)
    assert pickle.loads(pickle.dumps(error)).message_fr == error.message_fr


def test_a_text_with_mistakes_is_refused_unless_lenient() -> None:
    text = text_of({"north": 2121}) + '[users.bob]\nhost = "127.0.0.1"\nport = "x"\n'
    with pytest.raises(ftp.FleetError):
        ftp.Fleet.parse(text)
    fleet = ftp.Fleet.parse(text, lenient=True)
    assert "north" in fleet and "bob" not in fleet and fleet.mistakes
    destination = fleet["north"]
    assert weakref.ref(fleet)() is fleet and weakref.ref(destination)() is destination
