"""Exceptions: one tree, structured, and they survive pickling."""

from __future__ import annotations

import builtins
import pickle
import socket
from typing import Any

import pytest
import qlower
from qlower import Client, QlowerError, RetryPolicy, ftp, live
from support import Raw, answer, text

ONCE = RetryPolicy.none()


def classes() -> list[type[BaseException]]:
    named = [getattr(qlower, name) for name in qlower.__all__]
    return [
        value for value in named if isinstance(value, type) and issubclass(value, BaseException)
    ]


def test_every_exception_stands_under_one_base() -> None:
    assert len(classes()) >= 15
    for cls in classes():
        assert issubclass(cls, QlowerError) or cls is qlower.Cause, cls
    assert issubclass(qlower.ValidationError, ValueError)
    assert issubclass(qlower.ConfigError, ValueError)
    assert issubclass(qlower.TimeoutError, builtins.TimeoutError)
    assert issubclass(qlower.TimeoutError, qlower.TransportError)


@pytest.mark.parametrize("cls", classes())
def test_every_exception_is_documented_and_knows_what_all_know(cls: type[BaseException]) -> None:
    assert cls.__doc__
    if cls is qlower.Cause:
        return
    error: Any = cls("what happened")
    assert str(error) == "what happened"
    for name in (
        "report",
        "status",
        "certainty",
        "is_retryable",
        "attempts",
        "duration",
        "retry_after",
    ):
        assert hasattr(error, name), name


def raised(url: str, **settings: Any) -> QlowerError:
    with Client(url, retry=ONCE, **settings) as client, pytest.raises(QlowerError) as caught:
        client.send(text())
    return caught.value


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_no_connection() -> None:
    error = raised(closed_port())
    assert type(error) is qlower.TransportError
    assert error.stage == "connect"
    assert error.is_connect and error.is_retryable
    assert (error.certainty, error.attempts, error.status) == ("not_processed", 1, None)
    assert error.duration > 0
    chain = [error.__cause__]
    while chain[-1] is not None:
        chain.append(chain[-1].__cause__)
    assert any(isinstance(cause, ConnectionRefusedError) for cause in chain), chain


def test_no_answer_in_time() -> None:
    with Raw() as server:
        error = raised(server.url, timeout=0.2)
    assert isinstance(error, qlower.TimeoutError) and isinstance(error, TimeoutError)
    assert (error.stage, error.limit, error.certainty) == ("wait", 0.2, "unknown")


def test_a_refusal() -> None:
    body = '{"status": "KO", "type": "KeyError", "message": "Clé absente", "errors": ["creDtTm"]}'
    with Raw(answer("400 Bad Request", body)) as server:
        error = raised(server.url)
    assert isinstance(error, qlower.ApiError)
    assert (error.status, error.kind, error.message) == (400, "KeyError", "Clé absente")
    assert error.details == ["creDtTm"]
    assert error.is_rejected and not error.is_retryable and not error.is_server_error
    assert error.certainty == "not_processed"
    assert "creDtTm" not in str(error) + repr(error)


def test_a_server_that_asks_to_wait() -> None:
    with Raw(answer("503 Busy", "{}", "Retry-After: 7")) as server:
        error = raised(server.url)
    assert (error.status, error.retry_after) == (503, 7.0)
    assert error.is_server_error and error.is_retryable and error.certainty == "unknown"


def test_too_large_here_and_there() -> None:
    error = raised("http://127.0.0.1:1", max_body_bytes=10)
    assert isinstance(error, qlower.TooLargeError)
    assert error.limit == 10 and error.size == len(text()) and error.is_too_large
    with Raw(answer("413 Too Large", "{}")) as server:
        assert raised(server.url).is_too_large


def test_an_unreadable_reply() -> None:
    with Raw(answer("200 OK", "<html><b>Maintenance</b></html>")) as server:
        error = raised(server.url)
    assert isinstance(error, qlower.UnreadableReplyError)
    assert (error.excerpt, error.certainty, error.status) == ("Maintenance", "unknown", 200)
    assert str(error.__cause__) == "the answer is not a Qlower reply: it is not JSON"


def test_errors_survive_pickling() -> None:
    with Raw(answer("503 Busy", '{"message": "Revenez"}', "Retry-After: 7")) as server:
        refused = raised(server.url)
    for error in (refused, raised(closed_port())):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(error, protocol))
            assert type(again) is type(error)
            assert str(again) == str(error)
            assert vars(again) == vars(error)
            chain: list[tuple[BaseException | None, BaseException | None]] = [(error, again)]
            while chain[-1][0] is not None:
                before, after = chain[-1]
                assert type(before) is type(after) and str(before) == str(after)
                assert before is not None and after is not None
                chain.append((before.__cause__, after.__cause__))


def test_validation_errors_survive_pickling() -> None:
    with pytest.raises(qlower.ValidationError) as caught, Client("staging") as client:
        client.send("{}")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.report.error_count == caught.value.report.error_count > 0
    assert str(again) == str(caught.value)


def test_causes_of_others_are_pickled_as_text() -> None:
    error = QlowerError("above")
    error.__cause__ = KeyError("below")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again.__cause__), str(again.__cause__)) == (qlower.Cause, "KeyError: 'below'")


def test_a_panic_is_an_exception() -> None:
    from qlower import _native

    with pytest.raises(qlower.InternalError, match="report it: oh no"):
        _native._panic("oh no")


@pytest.mark.parametrize("module", [qlower, ftp, live])
def test_they_are_shown_under_the_name_by_which_they_are_caught(module: Any) -> None:
    named = [(name, getattr(module, name)) for name in module.__all__]
    errors = [
        (name, value)
        for name, value in named
        if isinstance(value, type) and issubclass(value, BaseException)
    ]
    assert errors
    for name, error in errors:
        assert f"{error.__module__}.{error.__qualname__}" == f"{module.__name__}.{name}"
