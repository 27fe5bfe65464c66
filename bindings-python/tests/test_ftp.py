"""Deliveries by FTP: names, files, receipts, errors."""

from __future__ import annotations

import asyncio
import io
import json
import pickle
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import qlower
from ftpd import PASSWORD, USER, Ftpd
from qlower import RetryPolicy, ftp
from support import text, until

VIN = "VF1AB000123456789"
PHOTOS = [("IMG_1.JPG", b"one"), ("IMG_2.JPG", b"second")]
ONCE = RetryPolicy.none()


def to(server: Ftpd, **settings: Any) -> ftp.Destination:
    given: dict[str, Any] = {
        "protocol": "ftp",
        "port": server.port,
        "user": USER,
        "password": PASSWORD,
        "retry": ONCE,
        "timeout": 5,
        **settings,
    }
    return ftp.Destination("127.0.0.1", **given)


# Names.


def test_the_customers_rules_make_the_names() -> None:
    destination = ftp.Destination(
        "ftp.garage-nord.example",
        user="dms",
        password="p",
        directory="{user}/{vin:8}",
        archive="{vin}.zip",
        file="vin_{n:02}.{ext:lower}",
        side_file="{vin}.json",
    )
    plan = destination.plan(PHOTOS, {"vin": VIN, "user": "alice"})
    folder = f"alice/{VIN[:8]}"
    assert plan == ftp.Plan(
        f"{folder}/{VIN}.zip", folder, ["vin_01.jpg", "vin_02.jpg"], f"{folder}/{VIN}.json"
    )
    assert (destination.host, destination.port) == ("ftp.garage-nord.example", 21)
    assert destination.protocol == "ftps"


def test_everything_that_is_wrong_with_names_is_told_at_once() -> None:
    destination = ftp.Destination("h", user="u", archive="{vni}.zip", file="{vin}.jpg")
    with pytest.raises(ftp.NamingError) as caught:
        destination.plan(PHOTOS, {"vin": VIN})
    assert isinstance(caught.value, ValueError)
    by_code = {fault.code: fault for fault in caught.value.errors}
    assert set(by_code) == {"unknown_variable", "duplicate_name"}
    unknown = by_code["unknown_variable"]
    assert (unknown.rule, unknown.position, unknown.name) == ("archive", 1, "vni")
    assert unknown.suggestion == "vin"
    assert unknown.message in str(caught.value) and unknown.message_fr != unknown.message
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.errors == caught.value.errors


def test_templates_are_read_when_the_destination_is_made() -> None:
    with pytest.raises(ftp.NamingError) as caught:
        ftp.Destination("h", user="u", archive="{vin", side_file="{n}.json")
    assert [fault.code for fault in caught.value.errors] == ["unclosed_brace", "per_file_variable"]


# What is given.


def test_every_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a")
    checked = qlower.checked(text())
    files = [
        path,
        str(path.with_name("b.txt")),
        ("c.txt", b"c"),
        ("d.txt", bytearray(b"d")),
        ("e.txt", memoryview(b"e")),
        checked,
        ftp.Outgoing.file(path).named("f.txt"),
        ftp.Outgoing.payload(checked).named("g.json"),
    ]
    destination = ftp.Destination("h", user="u", file="{n}_{name}")
    assert destination.plan(files).files == [
        "1_a.txt",
        "2_b.txt",
        "3_c.txt",
        "4_d.txt",
        "5_e.txt",
        "6_loader.json",
        "7_f.txt",
        "8_g.json",
    ]
    assert destination.plan(str(path)).files == ["1_a.txt"], "a text is no list of characters"
    assert destination.plan(path).files == destination.plan(iter([path])).files
    partner = ftp.Destination("h", user="u", file="{partner}.json")
    assert partner.plan(checked).files == ["acme.json"]


@pytest.mark.parametrize("file", [3, b"bytes", ("name", "text"), ("name", 3), ("a", b"", 1), None])
def test_what_is_no_file(file: Any) -> None:
    destination = ftp.Destination("h", user="u")
    with pytest.raises(TypeError, match="files: expected"):
        destination.plan([file])


@pytest.mark.parametrize("variables", [{"vin": 1.5}, {"vin": None}, {"vin": True}, {"vin": b"x"}])
def test_what_is_no_variable(variables: Any) -> None:
    with pytest.raises(TypeError, match="variables: 'vin' must be"):
        ftp.Destination("h", user="u").plan(PHOTOS, variables)


def test_whole_numbers_are_variables() -> None:
    destination = ftp.Destination("h", user="u", file="{lot:04}_{n}")
    assert destination.plan(PHOTOS, {"lot": 7}).files == ["0007_1", "0007_2"]


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("host", {"host": ""}),
        ("host", {"host": "ftp://h/"}),
        ("user", {"user": None}),
        ("user", {"user": "a\r\nDELE x"}),
        ("password", {"password": "a\nb"}),
        ("password", {"password": b"bytes"}),
        ("port", {"port": 0}),
        ("port", {"port": 70_000}),
        ("port", {"port": "21"}),
        ("protocol", {"protocol": "FTPS"}),
        ("protocol", {"protocol": "ftp"}),
        ("characters", {"characters": "utf-8"}),
        ("temporary", {"temporary": "yes"}),
        ("existing", {"existing": "skip"}),
        ("passive", {"passive": "active"}),
        ("timeout", {"timeout": 0}),
        ("connect_timeout", {"connect_timeout": -1}),
        ("ca_bundle", {"ca_bundle": b"no certificate"}),
        ("ca_bundle", {"ca_bundle": "does-not-exist.pem"}),
        ("host_key", {"host_key": "SHA256:x"}),
        ("host_key", {"protocol": "sftp", "password": "p"}),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting: str, settings: dict[str, Any]) -> None:
    given = {"host": "ftp.example", "user": "u", **settings}
    with pytest.raises(qlower.ConfigError) as caught:
        ftp.Destination(**given)
    assert caught.value.setting == setting, caught.value
    assert str(caught.value).startswith(f"{setting}: ")


def test_details_that_are_no_json() -> None:
    with Ftpd() as server, pytest.raises(qlower.ConfigError, match="details: "):
        ftp.deliver(to(server), PHOTOS, details={"when": object()})


def test_a_destination_is_pickled_as_it_was_given() -> None:
    destination = ftp.Destination(
        "h", user="u", password="p", file="{n}", timeout=timedelta(seconds=5), host_key=None
    )
    again = pickle.loads(pickle.dumps(destination))
    assert repr(again) == repr(destination) and "'***'" in repr(again)
    assert again.plan(PHOTOS).files == ["1", "2"]


def test_outgoing_is_compared_shown_and_pickled() -> None:
    checked = qlower.checked(text())
    for outgoing in (
        ftp.Outgoing.file("a"),
        ftp.Outgoing.bytes("a", b"1").named("b"),
        ftp.Outgoing.payload(checked),
    ):
        again = pickle.loads(pickle.dumps(outgoing))
        assert again == outgoing and hash(again) == hash(outgoing) and repr(again) == repr(outgoing)
    assert ftp.Outgoing.file("a") != ftp.Outgoing.bytes("a", b"")
    with pytest.raises(TypeError):
        ftp.Outgoing()


# Deliveries.


def test_files_are_delivered_under_their_names() -> None:
    told: list[ftp.Progress] = []
    with Ftpd() as server:
        destination = to(server, directory="{vin}", file="vin_{n:02}.jpg", side_file="done.json")
        receipt = ftp.deliver(
            destination, PHOTOS, {"vin": VIN}, details={"by": "Zoé"}, progress=told.append
        )
        assert server.files[f"{VIN}/vin_01.jpg"] == b"one"
        assert server.files[f"{VIN}/vin_02.jpg"] == b"second"
        side = json.loads(server.files[f"{VIN}/done.json"])
        assert len(server.files) == 3, "nothing temporary is left"
    assert side["details"] == {"by": "Zoé"} and side["variables"] == {"vin": VIN}
    assert (receipt.certainty, receipt.attempts, receipt.protection) == ("processed", 1, None)
    assert [file.path.rsplit("/")[-1] for file in receipt.files] == [
        "vin_01.jpg",
        "vin_02.jpg",
        "done.json",
    ]
    assert all(file.how == "stored" and file.verified for file in receipt.files)
    assert receipt.files[0].size == 3 and len(receipt.files[0].sha256) == 64
    kept = json.loads(json.dumps(receipt.to_dict()))
    assert ftp.Receipt.from_dict(kept) == receipt == pickle.loads(pickle.dumps(receipt))
    assert {(p.file, p.files) for p in told} == {(1, 3), (2, 3), (3, 3)}
    assert told[-1].sent == told[-1].size > 0


def test_an_archive_is_delivered(tmp_path: Path) -> None:
    photo = tmp_path / "IMG_1.JPG"
    photo.write_bytes(b"one")
    with Ftpd() as server:
        destination = to(server, archive="{vin}.zip", file="vin_{n:02}.jpg")
        receipt = ftp.deliver(destination, [photo, PHOTOS[1]], {"vin": VIN})
        archive = zipfile.ZipFile(io.BytesIO(server.files[f"{VIN}.zip"]))
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "vin_01.jpg": b"one",
        "vin_02.jpg": b"second",
    }
    assert len(receipt.files) == 1


def test_a_payload_is_delivered() -> None:
    checked = qlower.checked(text())
    with Ftpd() as server:
        receipt = ftp.deliver(to(server, file="{partner}/{name}"), checked)
        assert server.files["acme/loader.json"] == checked.to_bytes()
    assert receipt.files[0].sha256 == checked.sha256


def test_delivering_and_checking_by_asyncio() -> None:
    told: list[ftp.Progress] = []

    async def main(destination: ftp.Destination) -> ftp.Receipt:
        assert await destination.check_async() is None
        return await ftp.deliver_async(destination, PHOTOS, progress=told.append)

    with Ftpd() as server:
        receipt = asyncio.run(main(to(server)))
        assert set(server.files) == {"IMG_1.JPG", "IMG_2.JPG"}
    assert receipt.certainty == "processed" and told


def test_the_connection_is_tested() -> None:
    with Ftpd() as server:
        assert to(server).check() is None
        assert "STOR" not in server.commands
        with pytest.raises(ftp.DeliveryError) as caught:
            to(server, password="s3ntinel").check()
    error = caught.value
    assert (error.kind, error.stage, error.code) == ("refused", "login", 530)
    assert not error.is_retryable and error.certainty == "not_processed"
    assert "s3ntinel" not in f"{error} {error!r} {vars(error)}"


# Failures.


def test_no_connection() -> None:
    with Ftpd() as server:
        destination = to(server)
    with pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(destination, PHOTOS)
    error = caught.value
    assert isinstance(error, qlower.TransportError) and isinstance(error, qlower.QlowerError)
    assert isinstance(error, ftp.DeliveryTransportError)
    assert (error.kind, error.stage) == ("transport", "connect")
    assert error.is_connect and error.is_retryable and error.attempts == 1
    cause = error.__cause__
    while cause is not None and not isinstance(cause, ConnectionRefusedError):
        cause = cause.__cause__
    assert cause is not None
    again = pickle.loads(pickle.dumps(error))
    assert vars(again) == vars(error) and str(again) == str(error)


def test_it_is_tried_again() -> None:
    with Ftpd() as server:
        destination = to(server, retry=RetryPolicy(max_attempts=3, base_delay=0.001))
    with pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(destination, PHOTOS)
    assert caught.value.attempts == 3


def test_a_server_that_hangs() -> None:
    content = b"x" * 2_000_000
    with Ftpd(hang_after=100_000) as server:
        with pytest.raises(ftp.DeliveryError) as caught:
            ftp.deliver(to(server, timeout=0.5), [("small", b"1"), ("large", content)])
        assert server.fired == ["hang"]
        assert "small" in server.files and "large" not in server.files
    error = caught.value
    assert isinstance(error, qlower.TimeoutError) and isinstance(error, TimeoutError)
    assert isinstance(error, ftp.DeliveryTimeoutError)
    assert (error.kind, error.stage, error.limit) == ("timeout", "transfer", 0.5)
    assert error.receipt is not None
    assert [file.certainty for file in error.receipt.files] == ["processed", "not_processed"]
    assert error.certainty == "not_processed" and error.path == "large"


def test_a_refused_rename_names_the_setting() -> None:
    with Ftpd(refuse_rename=True) as server:
        with pytest.raises(ftp.DeliveryError) as caught:
            ftp.deliver(to(server), PHOTOS[:1])
        assert server.fired == ["refuse_rename"]
        assert (caught.value.stage, caught.value.code) == ("rename", 550)
        assert "temporary" in str(caught.value)
        receipt = ftp.deliver(to(server, temporary="direct"), PHOTOS[:1])
        assert server.files["IMG_1.JPG"] == b"one"
    assert receipt.certainty == "processed"


def test_what_is_there_already() -> None:
    with Ftpd() as server:
        server.files["IMG_1.JPG"] = b"before"
        with pytest.raises(ftp.DeliveryError) as caught:
            ftp.deliver(to(server, existing="refuse"), PHOTOS[:1])
        assert caught.value.kind == "exists"
        kept = ftp.deliver(to(server, existing="keep"), PHOTOS[:1])
        assert (kept.files[0].how, server.files["IMG_1.JPG"]) == ("kept", b"before")
        ftp.deliver(to(server), PHOTOS[:1])
        assert server.files["IMG_1.JPG"] == b"one"


def test_a_file_of_this_machine_that_is_missing(tmp_path: Path) -> None:
    with Ftpd() as server, pytest.raises(ftp.DeliveryError) as caught:
        ftp.deliver(to(server), [PHOTOS[0], tmp_path / "missing.jpg"])
    error = caught.value
    assert isinstance(error, qlower.FileError) and isinstance(error, ftp.DeliveryFileError)
    assert error.kind == "file" and error.path.endswith("missing.jpg")
    assert isinstance(error.__cause__, FileNotFoundError)


def test_what_is_interrupted_is_completed_by_the_next_one() -> None:
    # Smaller ones are begun again.
    content = bytes(range(256)) * 70_000
    with Ftpd(hang_after=100_000) as server:
        with pytest.raises(ftp.DeliveryTimeoutError):
            ftp.deliver(to(server, timeout=0.5), [("large", content)])
        server.hang_after = None
        receipt = ftp.deliver(to(server), [("large", content)])
        assert server.files == {"large": content}
    assert receipt.files[0].how == "resumed"


def test_a_callback_that_raises_stops_the_delivery() -> None:
    def stop(progress: ftp.Progress) -> None:
        if progress.file == 2:
            raise LookupError("enough")

    with Ftpd() as server:
        with pytest.raises(LookupError, match="enough"):
            ftp.deliver(to(server), PHOTOS, progress=stop)
        assert "IMG_2.JPG" not in server.files
        with pytest.raises(LookupError, match="enough"):
            asyncio.run(ftp.deliver_async(to(server), PHOTOS, progress=stop))


def test_a_task_that_is_cancelled_stops_its_delivery() -> None:
    async def main(server: Ftpd) -> None:
        delivery = ftp.deliver_async(to(server, timeout=60), [("large", b"x" * 2_000_000)])
        task = asyncio.create_task(delivery)
        assert await asyncio.to_thread(server.hanging.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with Ftpd(hang_after=1) as server:
        asyncio.run(main(server))
        assert until(server.gone.is_set), "the connection stays"
        assert "large" not in server.files


def test_other_threads_go_on_meanwhile() -> None:
    import threading

    with Ftpd(hang_after=1) as server:
        failures: list[BaseException] = []

        def work() -> None:
            try:
                ftp.deliver(to(server, timeout=1), [("large", b"x" * 2_000_000)])
            except ftp.DeliveryError as error:
                failures.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        assert server.hanging.wait(10)
        steps = 0
        while thread.is_alive():
            steps += 1
        thread.join()
    assert steps > 1_000 and len(failures) == 1


def test_every_error_stands_under_the_one_base() -> None:
    named = [getattr(ftp, name) for name in ftp.__all__]
    errors = [value for value in named if isinstance(value, type) and issubclass(value, Exception)]
    assert len(errors) >= 6
    for cls in errors:
        assert issubclass(cls, qlower.QlowerError) and cls.__doc__, cls
