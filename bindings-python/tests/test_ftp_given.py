"""Deliveries by FTP: each setting, file and word that is given does what it is for."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import shutil
import subprocess
import threading
import weakref
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import qlower
from ftpd import PASSWORD, USER, Ftpd
from qlower import RetryPolicy, ftp
from support import text, told_in_french, until
from test_fork import forks, in_child
from test_ftp import ONCE, PHOTOS, VIN, to

FINGERPRINT = "SHA256:" + "A" * 43


def test_plain_ftp_to_others_is_asked_for() -> None:
    plain = ftp.Destination("ftp.example", protocol="ftp", user="u", insecure=True)
    assert plain.protocol == "ftp" and pickle.loads(pickle.dumps(plain)).protocol == "ftp"
    with pytest.raises(qlower.ConfigError, match="insecure") as caught:
        ftp.Destination("ftp.example", protocol="ftp", user="u")
    assert caught.value.setting == "protocol" and told_in_french(caught.value)


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("host", {"host": ""}),
        ("port", {"port": 0}),
        ("port", {"port": 65_536}),
        ("user", {"user": None}),
        ("protocol", {"protocol": "telnet"}),
        ("existing", {"existing": "burn"}),
        ("temporary", {"temporary": "x"}),
        ("characters", {"characters": "dos"}),
        ("timeout", {"timeout": 0}),
        ("connect_timeout", {"connect_timeout": -1}),
        ("ca_bundle", {"ca_bundle": b"none"}),
        ("key_passphrase", {"protocol": "sftp", "key_passphrase": "k"}),
    ],
)
def test_what_is_wrong_with_a_setting_is_told_in_french_too(
    setting: str, settings: dict[str, Any]
) -> None:
    with pytest.raises(qlower.ConfigError) as caught:
        ftp.Destination(**{"host": "h", "user": "u", "password": "p", **settings})
    assert caught.value.setting == setting and told_in_french(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).message_fr == caught.value.message_fr


@pytest.mark.parametrize("keys", [FINGERPRINT, [FINGERPRINT], (FINGERPRINT, FINGERPRINT)])
def test_one_host_key_or_several(keys: Any) -> None:
    destination = ftp.Destination("h", protocol="sftp", user="u", password="p", host_key=keys)
    assert (destination.protocol, destination.port) == ("sftp", 22)
    with pytest.raises(qlower.ConfigError) as caught:
        ftp.Destination("h", protocol="sftp", user="u", password="p", host_key=[FINGERPRINT, 3])  # type: ignore[list-item]
    assert caught.value.setting == "host_key"


def made_key(path: Path, passphrase: str = "") -> Path:
    """A private key of its own, made by OpenSSH."""
    program = shutil.which("ssh-keygen")
    if program is None:
        pytest.skip("needs ssh-keygen")
    made = [program, "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(path)]
    subprocess.run(made, check=True, timeout=60)
    return path


def test_keys_of_users(tmp_path: Path) -> None:
    path = made_key(tmp_path / "key")
    locked = made_key(tmp_path / "locked", "open sesame")
    hosts = tmp_path / "known_hosts"
    hosts.write_text(f"h {path.with_suffix('.pub').read_text()}")

    def to(**given: Any) -> ftp.Destination:
        return ftp.Destination(
            "h", protocol="sftp", user="u", **{"known_hosts_file": hosts, **given}
        )

    for given in (
        {"key": path.read_text()},
        {"key": path.read_bytes()},
        {"key_file": path},
        {"key_file": str(path)},
        {"key_file": locked, "key_passphrase": "open sesame"},
        {"key": locked.read_text(), "key_passphrase": "open sesame"},
    ):
        assert to(**given).protocol == "sftp"
    refused: list[tuple[str, dict[str, Any]]] = [
        ("key", {"key": "none"}),
        ("key", {"key": b"\xff"}),
        ("key", {"key_file": tmp_path / "missing"}),
        ("key_file", {"key_file": 3}),
        ("known_hosts_file", {"key_file": path, "known_hosts_file": tmp_path / "missing"}),
        ("known_hosts_file", {"key_file": path, "known_hosts_file": 3}),
        ("key_passphrase", {"key_file": locked}),
        ("key_passphrase", {"key_file": locked, "key_passphrase": "wrong"}),
    ]
    for setting, given in refused:
        with pytest.raises(qlower.ConfigError) as caught:
            to(**given)
        assert caught.value.setting == setting, caught.value


def test_names_of_each_kind_of_server() -> None:
    name = [("a:b?.jpg", b"1")]
    assert ftp.Destination("h", user="u", characters="any").plan(name).files == ["a:b?.jpg"]
    with pytest.raises(ftp.NamingError) as caught:
        ftp.Destination("h", user="u").plan(name)
    assert caught.value.message_fr and caught.value.message_fr != str(caught.value)
    for fault in caught.value.errors:
        assert fault.message_fr in caught.value.message_fr
    with pytest.raises(ftp.NamingError):
        ftp.Destination("h", user="u", characters="ascii").plan([("é.jpg", b"1")])


def test_how_data_connections_are_opened() -> None:
    for passive, verb in (("extended", "EPSV"), ("classic", "PASV")):
        with Ftpd() as server:
            ftp.deliver(to(server, passive=passive), PHOTOS[:1])
            assert {"EPSV", "PASV"} & set(server.commands) == {verb}


def test_how_long_a_greeting_is_waited_for() -> None:
    with Ftpd(silent=True) as server:
        destination = to(server, connect_timeout=0.3, timeout=60)
        for call in (destination.check, lambda: ftp.deliver(destination, PHOTOS)):
            with pytest.raises(ftp.DeliveryTimeoutError) as caught:
                call()
            assert caught.value.limit == 0.3 and caught.value.is_connect
        assert server.fired


def test_what_is_held_is_what_was_given() -> None:
    content = bytearray(b"before")
    for outgoing in (
        ftp.Outgoing.bytes("a", content),
        ftp.Outgoing.bytes("a", memoryview(content)),
    ):
        content[:] = b"after!"
        assert pickle.loads(pickle.dumps(outgoing)) == outgoing
        with Ftpd() as server:
            ftp.deliver(to(server), outgoing)
            assert server.files == {"a": b"before"}
        content[:] = b"before"
    with pytest.raises(TypeError, match=r"expected a qlower\.Checked, not str"):
        ftp.Outgoing.payload(text())  # type: ignore[arg-type]


@pytest.mark.parametrize("details", [{"a": float("nan")}, {"a": {1, 2}}, {"a": b"1"}])
def test_details_are_json(details: Any) -> None:
    destination = ftp.Destination("h", user="u")
    for call in (partial(ftp.Job, "north"), partial(ftp.deliver, destination)):
        with pytest.raises(qlower.ConfigError) as caught:
            call(PHOTOS, details=details)
        assert caught.value.setting == "details"


def test_what_is_known_of_a_delivery_is_kept() -> None:
    receipt = ftp.Receipt(2, "processed", 0.5, [], "TLS 1.3")
    assert receipt.to_dict() == {
        "certainty": "processed",
        "attempts": 2,
        "duration_seconds": 0.5,
        "protection": "TLS 1.3",
        "files": [],
    }
    assert ftp.Receipt.from_dict(receipt.to_dict()) == receipt


def test_destinations_may_be_referred_to_weakly() -> None:
    destination = ftp.Destination("h", user="u")
    seen = weakref.ref(destination)
    assert seen() is destination
    del destination
    gc.collect()
    assert seen() is None


# Progress.


def test_how_far_it_has_come() -> None:
    content = b"x" * 3_000_000
    told: list[ftp.Progress] = []
    with Ftpd() as server:
        ftp.deliver(to(server), [("small", b"1"), ("large", content)], progress=told.append)
    large = [step for step in told if step.path == "large"]
    assert {(step.file, step.files, step.size, step.attempt) for step in large} == {
        (2, 2, len(content), 1)
    }
    sent = [step.sent for step in large]
    assert sent == sorted(sent) and sent[-1] == len(content)
    assert any(step.sent < step.size for step in large), "there is more than its end"


def test_who_calls_back() -> None:
    threads: set[int] = set()
    here = threading.get_ident()
    with Ftpd() as server:
        asyncio.run(
            ftp.deliver_async(
                to(server), PHOTOS, progress=lambda _: threads.add(threading.get_ident())
            )
        )
        assert threads == {here}
        threads.clear()
        ftp.deliver(to(server), PHOTOS, progress=lambda _: threads.add(threading.get_ident()))
        assert threads and here not in threads


# Failures.


def test_a_server_that_loses_something() -> None:
    with Ftpd(short_by=3) as server, pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(to(server), [("a", b"0123456789")])
    assert server.fired == ["short"]
    error = caught.value
    assert (error.kind, error.stage, error.sent, error.there) == ("size_differs", "verify", 10, 7)
    assert (error.certainty, error.path, error.is_connect) == ("not_processed", "a", False)
    assert error.duration > 0 and error.receipt is not None
    assert error.duration == error.receipt.duration


def test_what_nobody_knows() -> None:
    with Ftpd(drop_after_rename=True) as server, pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(to(server), [("a", b"1")])
    assert server.fired == ["drop_after_rename"] and server.files == {"a": b"1"}
    error = caught.value
    assert (error.kind, error.stage, error.certainty) == ("transport", "rename", "unknown")
    assert error.receipt is not None and error.receipt.certainty == "unknown"
    assert [file.certainty for file in error.receipt.files] == ["unknown"]


def test_errors_are_told_in_both_languages() -> None:
    with Ftpd() as server, pytest.raises(ftp.DeliveryError) as caught:
        to(server, password="wrong").check()
    error = caught.value
    assert not error.is_connect and error.message_fr.count("530") == str(error).count("530") == 1
    assert "identification" in error.message_fr and error.message_fr != str(error)
    assert pickle.loads(pickle.dumps(error)).message_fr == error.message_fr


def test_time_that_is_up_is_a_connection_that_failed() -> None:
    assert issubclass(ftp.DeliveryTimeoutError, ftp.DeliveryTransportError)
    assert issubclass(ftp.DeliveryTimeoutError, (qlower.TransportError, TimeoutError))
    assert issubclass(ftp.DeliveryFileError, qlower.FileError)


# Asyncio.


def test_all_that_is_given_by_asyncio_counts() -> None:
    with Ftpd() as server:
        destination = to(server, file="{vin}_{n}.jpg", side_file="{vin}.json")
        given: dict[str, Any] = {"details": {"by": "Zoé"}}
        receipt = asyncio.run(ftp.deliver_async(destination, PHOTOS, {"vin": VIN}, **given))
        side = json.loads(server.files[f"{VIN}.json"])
        assert set(server.files) == {f"{VIN}_1.jpg", f"{VIN}_2.jpg", f"{VIN}.json"}
    assert side["details"] == {"by": "Zoé"} and receipt.certainty == "processed"


def test_what_a_callback_raises_ends_a_delivery_that_hangs() -> None:
    def stop(_: ftp.Progress) -> None:
        raise LookupError("enough")

    async def main(destination: ftp.Destination) -> None:
        delivery = ftp.deliver_async(destination, [("a", b"x" * 2_000_000)], progress=stop)
        with pytest.raises(LookupError, match="enough"):
            await asyncio.wait_for(delivery, 30)

    with Ftpd(hang_after=1) as server:
        asyncio.run(main(to(server, timeout=60)))
        assert until(server.gone.is_set), "the connection stays"


def test_a_loop_goes_on_while_a_connection_is_tested() -> None:
    async def main(destination: ftp.Destination) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(destination.check_async(), 0.2)

    with Ftpd(silent=True) as server:
        asyncio.run(main(to(server, connect_timeout=30)))
        assert until(server.gone.is_set), "the connection stays"


def test_what_ends_after_its_loop_wakes_nobody() -> None:
    with Ftpd(silent=True) as server:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        task = loop.create_task(to(server, connect_timeout=30).check_async())
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(asyncio.to_thread(server.hanging.wait, 10))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        server.hung_up.set()
        # Whatever a thread cannot raise fails the test.
        assert until(server.gone.is_set)
        threading.Event().wait(0.3)
        assert not task.done()
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        del task
        gc.collect()


# Children.


@forks
def test_a_child_uses_its_parents_destination() -> None:
    with Ftpd() as server:
        destination = to(server, retry=RetryPolicy(max_attempts=2, base_delay=0.01))
        assert ftp.deliver(destination, PHOTOS[:1]).certainty == "processed"
        assert (
            in_child(lambda: (ftp.deliver(destination, PHOTOS).certainty, destination.check()))
            == b"('processed', None)"
        )
        assert ftp.deliver(destination, PHOTOS).certainty == "processed"


def test_retries_are_those_that_were_given() -> None:
    with Ftpd() as server:
        port = server.port
    for attempts in (1, 2):
        policy = RetryPolicy(max_attempts=attempts, base_delay=0.001)
        destination = ftp.Destination(
            "127.0.0.1", protocol="ftp", port=port, user=USER, password=PASSWORD, retry=policy
        )
        with pytest.raises(ftp.DeliveryTransportError) as caught:
            ftp.deliver(destination, PHOTOS)
        assert caught.value.attempts == attempts
    assert ONCE.max_attempts == 1
