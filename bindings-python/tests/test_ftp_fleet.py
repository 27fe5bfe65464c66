"""Fleets: one file, many servers, of which some are broken."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from ftpd import PASSWORD, USER, Ftpd
from qlower import ftp
from test_fork import forks, in_child

VIN = {"vin": "VF1AB000123456789"}
PHOTOS = [("IMG_1.JPG", b"one"), ("IMG_2.JPG", b"second")]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def text_of(ports: dict[str, int], **passwords: str) -> str:
    tables = [
        f"""
[customers.{name}]
port = {port}
password = "{passwords.get(name, PASSWORD)}"
[customers.{name}.users.alice]
directory = "alice"
"""
        for name, port in ports.items()
    ]
    head = f"""
[defaults]
protocol = "ftp"
host = "127.0.0.1"
user = "{USER}"
file = "{{vin}}_{{n:02}}.jpg"
retry = {{ max_attempts = 1 }}
timeout = 5
"""
    return head + "".join(tables)


def test_names_and_levels() -> None:
    fleet = ftp.Fleet.parse(text_of({"north": 2121, "south": 2122}))
    assert fleet.names == ["north", "north/alice", "south", "south/alice"]
    assert list(fleet) == fleet.names and len(fleet) == 4 and fleet.mistakes == []
    assert "north/zoe" in fleet and "west" not in fleet
    assert fleet["north/zoe"].plan(PHOTOS, VIN).files[0] == "VF1AB000123456789_01.jpg"
    assert fleet["south/alice"].port == 2122
    assert fleet["south/alice"].plan(PHOTOS, VIN).directory == "alice"
    with pytest.raises(KeyError):
        fleet["west"]
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(fleet["north"])


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(
        '[customers.north]\nhots = "h"\nuser = "u"\nfile = "{n:x}"\n[customers.south]\nhost = "h"\nuser = "u"\n'
    )
    with pytest.raises(ftp.FleetError) as caught:
        ftp.Fleet.open(path)
    error = caught.value
    found = {(mistake.line, mistake.key, mistake.code) for mistake in error.mistakes}
    assert {(2, "hots", "unknown_key"), (4, "file", "template")} <= found
    assert all(mistake.table == "customers.north" for mistake in error.mistakes)
    assert all(str(mistake) in str(error) for mistake in error.mistakes)
    assert pickle.loads(pickle.dumps(error)).mistakes == error.mistakes
    lenient = ftp.Fleet.open(path, lenient=True)
    assert lenient.names == ["south"] and lenient.mistakes == error.mistakes
    with pytest.raises(ftp.FleetError) as unreadable:
        ftp.Fleet.open(tmp_path / "missing.toml")
    assert isinstance(unreadable.value.__cause__, FileNotFoundError)
    assert unreadable.value.mistakes == []


def test_the_same_as_json() -> None:
    given = {"users": {"bob": {"host": "ftp.bob.example", "user": "bob", "password": "p"}}}
    assert ftp.Fleet.parse(json.dumps(given), "json").names == ["bob"]


def test_what_is_broken_somewhere_delays_nobody_elsewhere() -> None:
    with ExitStack() as stack:
        sound = {f"sound{n}": stack.enter_context(Ftpd()) for n in range(6)}
        refusing = stack.enter_context(Ftpd())
        hanging = stack.enter_context(Ftpd(hang_after=1))
        ports = {name: server.port for name, server in sound.items()}
        ports |= {"closed": closed_port(), "wrong": refusing.port, "hangs": hanging.port}
        fleet = ftp.Fleet.parse(text_of(ports, wrong="wrong"))
        jobs = [ftp.Job(name, PHOTOS, VIN) for name in ports if name != "hangs"]
        jobs.append(ftp.Job("hangs", [("a", b"x" * 2_000_000)], VIN))
        jobs.append(ftp.Job("nobody", PHOTOS, VIN))
        told: list[ftp.FleetProgress] = []
        summary = fleet.deliver(jobs, concurrency=2, progress=told.append)
        for server in sound.values():
            assert set(server.files) == {f"{VIN['vin']}_01.jpg", f"{VIN['vin']}_02.jpg"}
        assert hanging.fired
    outcomes = {job.destination: job for job in summary.jobs}
    assert {name for name, job in outcomes.items() if job.is_delivered} == set(sound)
    assert {told.name for told in summary.broken} == {"closed", "wrong", "hangs", "nobody"}
    assert not summary.is_complete and summary.counts["delivered"] == 6
    wrong = outcomes["wrong"].error
    assert wrong is not None and (wrong.stage, wrong.code) == ("login", 530)
    assert outcomes["wrong"].outcome == "failed" and outcomes["wrong"].message == str(wrong)
    assert outcomes["wrong"].advice == "check user and password or key"
    assert outcomes["wrong"].advice_fr == "utilisateur et mot de passe ou clé à vérifier"
    assert outcomes["nobody"].advice == "correct the destination's name"
    assert outcomes["sound0"].advice is None and outcomes["sound0"].advice_fr is None
    assert isinstance(outcomes["hangs"].error, ftp.DeliveryTimeoutError)
    assert isinstance(outcomes["closed"].error, ftp.DeliveryTransportError)
    assert (outcomes["nobody"].outcome, outcomes["nobody"].code) == ("not_tried", "unknown")
    receipt = outcomes["sound0"].receipt
    assert receipt is not None and receipt.certainty == "processed"
    assert outcomes["sound0"].certainty == "processed" and outcomes["sound0"].duration > 0
    assert len(told) == len(jobs) and told[-1].done == len(jobs)
    assert "wrong" in str(summary) and "sound0" not in str(summary)
    assert [job.destination for job in summary.remaining] == ["closed", "wrong", "hangs", "nobody"]
    again = pickle.loads(pickle.dumps(summary))
    assert again.to_dict() == summary.to_dict() and str(again) == str(summary)
    assert [job.outcome for job in again.jobs] == [job.outcome for job in summary.jobs]
    assert [job.advice_fr for job in again.jobs] == [job.advice_fr for job in summary.jobs]
    assert again.remaining == summary.remaining


def test_fleets_by_asyncio() -> None:
    told: list[ftp.FleetProgress] = []

    async def main(fleet: ftp.Fleet) -> ftp.FleetSummary:
        return await fleet.deliver_async([ftp.Job("north", PHOTOS, VIN)], progress=told.append)

    with Ftpd() as server:
        summary = asyncio.run(main(ftp.Fleet.parse(text_of({"north": server.port}))))
    assert summary.is_complete and [progress.delivered for progress in told] == [True]


def test_a_callback_that_raises_stops_all() -> None:
    def stop(_: ftp.FleetProgress) -> None:
        raise LookupError("enough")

    with Ftpd() as server, pytest.raises(LookupError, match="enough"):
        fleet = ftp.Fleet.parse(text_of({"north": server.port}))
        fleet.deliver([ftp.Job("north", PHOTOS, VIN)] * 3, progress=stop)


def test_jobs_are_pickled_and_compared() -> None:
    job = ftp.Job("north", [*PHOTOS, "a.jpg"], VIN, details={"by": "Zoé"})
    again = pickle.loads(pickle.dumps(job))
    assert again == job and repr(again) == "Job('north', 3 files)"
    assert job != ftp.Job("south", [*PHOTOS, "a.jpg"], VIN, details={"by": "Zoé"})


@forks
def test_a_child_delivers_by_its_parents_fleet() -> None:
    with Ftpd() as server:
        fleet = ftp.Fleet.parse(text_of({"north": server.port}))
        destination = fleet["north"]

        def work() -> str:
            summary = fleet.deliver([ftp.Job("north", PHOTOS, VIN)])
            return f"{summary.is_complete} {ftp.deliver(destination, PHOTOS, VIN).certainty}"

        assert work() == "True processed"
        assert in_child(work) == b"True processed"
