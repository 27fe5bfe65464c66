"""Deliveries to servers of other makers, which `./test.sh pytests` starts."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from qlower import RetryPolicy, ftp

USUAL = [
    "pyftpdlib-ftp",
    "pyftpdlib-ftps",
    "pyftpdlib-ftps-implicit",
    "vsftpd",
    "proftpd",
    "proftpd-sftp",
    "pure-ftpd",
    "openssh",
]
PHOTOS = [("front.JPG", b"front" * 20_000), ("back.JPG", b"back" * 20_000)]
VIN = {"vin": "VF1AB000123456789"}


class Place:
    """A port of a server."""

    def __init__(self, name: str) -> None:
        file = os.environ.get("QLOWER_TEST_FTP")
        if file is None:
            pytest.skip("needs the FTP servers: ./test.sh pytests")
        self.servers: dict[str, Any] = json.loads(Path(file).read_text())
        found = [place for place in self.servers["places"] if place["name"] == name]
        if not found:
            left_out = [
                why for server, why in self.servers["left_out"].items() if name.startswith(server)
            ]
            assert left_out, f"there is no place {name}"
            pytest.skip(left_out[0])
        self.place: dict[str, Any] = found[0]

    def settings(self, account: str = "main", **more: Any) -> dict[str, Any]:
        given = self.place["accounts"][account]
        settings = {key: self.place[key] for key in ("host", "protocol", "port")}
        settings |= {"user": given["user"], "password": given["password"]}
        if self.place["protocol"].startswith("ftps"):
            settings["ca_bundle"] = self.servers["ca"]
        if self.place["protocol"] == "sftp":
            settings["host_key"] = [key["fingerprint"] for key in self.place["host_keys"]]
        return settings | {"retry": RetryPolicy(max_attempts=3, base_delay=0.01)} | more

    def root(self, account: str = "main") -> Path:
        return Path(self.place["accounts"][account]["root"])


@pytest.fixture(params=USUAL)
def place(request: pytest.FixtureRequest) -> Place:
    return Place(request.param)


@pytest.fixture
def folder() -> str:
    """One of its own on the server."""
    return f"p-{uuid.uuid4().hex[:8]}"


def test_files_arrive_under_their_names(place: Place, folder: str) -> None:
    destination = ftp.Destination(
        **place.settings(
            directory=folder, file="{vin:lower}_{n:02}.{ext:lower}", side_file="{vin}.json"
        )
    )
    told: list[ftp.Progress] = []
    receipt = ftp.deliver(
        destination, PHOTOS, VIN, details={"uploaded_by": "Zoé"}, progress=told.append
    )
    there = {path.name: path.read_bytes() for path in (place.root() / folder).iterdir()}
    side = json.loads(there.pop("VF1AB000123456789.json"))
    assert there == {
        "vf1ab000123456789_01.jpg": PHOTOS[0][1],
        "vf1ab000123456789_02.jpg": PHOTOS[1][1],
    }
    assert side["details"] == {"uploaded_by": "Zoé"} and side["variables"] == VIN
    assert [entry["sha256"] for entry in side["files"]] == [
        hashlib.sha256(data).hexdigest() for _, data in PHOTOS
    ]
    assert receipt.certainty == "processed" and all(file.verified for file in receipt.files)
    assert (receipt.protection is None) == (place.place["protocol"] == "ftp")
    assert {step.path for step in told} == {file.path for file in receipt.files}


def test_an_archive_of_many_and_who_wants_it_once(place: Place, folder: str) -> None:
    rules = place.settings(
        directory=folder, archive="{vin}.zip", file="{vin}_{n:03}.jpg", existing="refuse"
    )
    many = [(f"{n}.jpg", bytes([n]) * 1000) for n in range(120)]

    async def deliver() -> ftp.Receipt:
        return await ftp.deliver_async(ftp.Destination(**rules), many, VIN)

    assert asyncio.run(deliver()).certainty == "processed"
    data = (place.root() / folder / "VF1AB000123456789.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.read("VF1AB000123456789_120.jpg") == many[119][1]
        assert len(archive.namelist()) == 120
    with pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(ftp.Destination(**rules), many, VIN)
    assert caught.value.kind == "exists" and caught.value.certainty == "not_processed"


def test_who_may_not_log_in_is_told_so_at_once(place: Place) -> None:
    assert (ftp.Destination(**place.settings()).check() is None) == (
        place.place["protocol"] == "ftp"
    )
    stranger = ftp.Destination(**place.settings(password="wrong-s3ntinel"))
    with pytest.raises(ftp.DeliveryError) as caught:
        stranger.check()
    assert (caught.value.stage, caught.value.is_retryable) == ("login", False)
    assert "s3ntinel" not in f"{caught.value!r} {caught.value} {stranger!r}"


def test_a_job_that_fails_comes_with_advice(folder: str) -> None:
    place = Place("pyftpdlib-ftps")
    given = place.settings()
    right = {key: given[key] for key in ("host", "port", "protocol", "user", "password")}
    right |= {"ca_bundle_file": given["ca_bundle"], "directory": folder}
    fleet = ftp.Fleet.parse(
        json.dumps({"users": {"right": right, "wrong": right | {"password": "no"}}}), "json"
    )
    jobs = [ftp.Job(name, PHOTOS, VIN) for name in ("right", "wrong", "wrong", "wrnog")]
    summary = fleet.deliver(jobs)
    login = ("check user and password or key", "utilisateur et mot de passe ou clé à vérifier")
    name = ("correct the destination's name", "nom de la destination à corriger")
    told = [(job.code, job.advice, job.advice_fr) for job in summary.jobs]
    assert told == [
        (None, None, None),
        ("refused", *login),
        ("earlier", None, None),
        ("unknown", *name),
    ]
    facts = [job for at in summary.to_dict()["destinations"] for job in at["jobs"]]
    errors = [job.get("error", {}) for job in facts]
    assert [(it.get("advice"), it.get("advice_fr")) for it in errors] == [it[1:] for it in told]
    assert login[0] in summary.text("en") and login[1] in summary.text("fr")


@pytest.mark.parametrize("kind", ["ed25519", "ed25519-passphrase", "rsa-passphrase-pem"])
def test_who_logs_in_by_key(kind: str, tmp_path: Path) -> None:
    place = Place("openssh")
    key = place.servers["keys"][kind]
    path = Path(key["path"])
    hosts = tmp_path / "known_hosts"
    names = f"[{place.place['host']}]:{place.place['port']}"
    hosts.write_text("".join(f"{names} {host['line']}\n" for host in place.place["host_keys"]))
    more = {"password": None, "key_passphrase": key["passphrase"] or None}
    for given in ({"key_file": path}, {"key": path.read_text()}, {"key": path.read_bytes()}):
        assert ftp.Destination(**place.settings(**more, **given)).check()
    known = place.settings(**more, key_file=path, known_hosts_file=hosts, host_key=None)
    assert ftp.Destination(**known).check()
    stranger = place.servers["keys"]["stranger"]["path"]
    with pytest.raises(ftp.DeliveryError) as caught:
        ftp.Destination(**place.settings(password=None, key_file=stranger)).check()
    assert caught.value.stage == "login"


def test_several_host_keys_and_authorities_from_memory() -> None:
    ssh, tls = Place("openssh"), Place("pyftpdlib-ftps")
    keys = ["SHA256:" + "A" * 43, *ssh.settings()["host_key"]]
    assert ftp.Destination(**ssh.settings(host_key=keys)).check()
    authorities = Path(tls.servers["ca"]).read_bytes()
    assert ftp.Destination(**tls.settings(ca_bundle=authorities)).check()


@pytest.mark.parametrize("name", ["pyftpdlib-expired", "pyftpdlib-other-host"])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(name: str, folder: str) -> None:
    place = Place(name)
    with pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(ftp.Destination(**place.settings(directory=folder)), PHOTOS)
    assert (caught.value.kind, caught.value.stage, caught.value.attempts) == (
        "untrusted",
        "secure",
        1,
    )
    assert not (place.root() / folder).exists()


def test_another_host_key_is_refused_and_shown() -> None:
    place = Place("openssh")
    with pytest.raises(ftp.DeliveryError) as caught:
        ftp.Destination(**place.settings(host_key="SHA256:" + "A" * 43)).check()
    offered = [key["fingerprint"] for key in place.place["host_keys"]]
    chain = f"{caught.value} {caught.value.__cause__}"
    assert caught.value.kind == "untrusted" and any(key in chain for key in offered), chain


def test_a_refused_renaming_names_the_setting_that_helps(folder: str) -> None:
    place = Place("pyftpdlib-ftps")
    with pytest.raises(ftp.DeliveryError, match="temporary") as caught:
        ftp.deliver(ftp.Destination(**place.settings("no-rename", directory=folder)), PHOTOS)
    assert caught.value.stage == "rename"
    direct = ftp.Destination(**place.settings("no-rename", directory=folder, temporary="direct"))
    assert ftp.deliver(direct, PHOTOS).certainty == "processed"
    assert sorted(path.name for path in (place.root("no-rename") / folder).iterdir()) == [
        "back.JPG",
        "front.JPG",
    ]
