"""Where files are delivered, and the delivery."""

from __future__ import annotations

from . import _native
from ._ftp_files import json_of, natives, texts
from ._ftp_receipt import Plan, Progress
from ._settings import Given

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta
    from typing import Any, Literal

    from ._ftp_files import Files, Variables
    from ._ftp_receipt import Receipt
    from ._retry import RetryPolicy


class Destination:
    """A customer's server, how to log in there, and the rules for the names of what is delivered.

    Templates hold ``{variable}``, ``{variable:FORMAT}``, ``{{`` and ``}}``. Of each file they know ``n`` (its position, from 1),
    ``name`` (the last part of its local name), ``stem``, ``ext`` (without a dot) and ``hash`` (SHA-256); of the delivery ``date``
    (``YYYY-MM-DD``, UTC), ``time`` (``HHMMSS``, UTC), ``partner`` (of a payload), and what the caller gives, such as ``vin``.
    A format is ``02`` (padded with zeros), ``12`` (the first 12 characters), ``lower`` or ``upper``; several are chained by ``:``.

    Times are seconds, or :class:`datetime.timedelta`. A destination shows no secret. It can be pickled, as what was given,
    secrets included; it may be used by several threads at once, and by the children of ``fork``.

    :param host: the name or address of the server.
    :param protocol: ``"ftps"`` (FTP that begins with ``AUTH TLS``), ``"ftps-implicit"``, ``"sftp"``, or ``"ftp"``, which nothing
        protects.
    :param port: default 21; 990 for ``ftps-implicit``, 22 for ``sftp``.
    :param user: the user's name.
    :param password: the password.
    :param key: of ``sftp``, the user's private key as PEM text.
    :param key_file: the same, as the path of a file.
    :param key_passphrase: what protects the private key.
    :param directory: the folder, as a template. It is made if it is missing. Default: where the login lands.
    :param file: the name of each file, as a template. Default ``{name}``.
    :param archive: the name of a ZIP archive that all files go into, as a template. Default: none.
    :param side_file: the name of a JSON file that lists what was delivered, as a template; it is sent last, so that its arrival
        means that all is there. Default: none.
    :param characters: which names the server takes: ``"portable"``, ``"ascii"``, ``"windows"`` (default) or ``"any"``.
    :param ca_bundle: trusts these certificate authorities and no others: the path of a PEM file, or its bytes.
    :param host_key: of ``sftp``, the fingerprint of the server's key, ``SHA256:…``, or several.
    :param known_hosts_file: the same, as the path of a file as OpenSSH has it.
    :param insecure: takes plain ``ftp`` to other machines than this one: password and files then travel unprotected.
    :param temporary: ``"rename"`` (default) sends under another name, and gives the file its own when it is whole; ``"direct"``
        is for servers that refuse that.
    :param existing: what to do about a file of that name: ``"replace"`` (default), ``"keep"`` it, or ``"refuse"`` to deliver.
    :param connect_timeout: the limit for connecting and logging in. Default 10 s.
    :param timeout: the limit for a server that does nothing. Default 60 s.
    :param retry: when to try again.
    :param passive: how FTP opens data connections: ``"auto"`` (default), ``"extended"`` or ``"classic"``.
    :raises qlower.ConfigError: if a setting cannot be used; it names the setting.
    :raises qlower.ftp.NamingError: if a template cannot be read.

    >>> from qlower import ftp
    >>> destination = ftp.Destination(
    ...     "ftp.garage-nord.example",
    ...     user="dms",
    ...     password="p4ss",
    ...     archive="{vin}.zip",
    ...     file="{vin}_{n:02}.{ext:lower}",
    ... )
    >>> photos = [("IMG_1.JPG", b"1"), ("IMG_2.JPG", b"2")]
    >>> destination.plan(photos, {"vin": "VF1AB000123456789"})
    Plan(archive='VF1AB000123456789.zip', directory=None, files=['VF1AB000123456789_01.jpg', 'VF1AB000123456789_02.jpg'], side_file=None)
    >>> destination
    Destination('ftp.garage-nord.example', protocol='ftps', user='dms', password='***', file='{vin}_{n:02}.{ext:lower}', archive='{vin}.zip')
    """

    __slots__ = ("__weakref__", "_given", "_handle")

    _given: Given | None
    _handle: _native.FtpDestination

    def __init__(
        self,
        host: str,
        *,
        protocol: Literal["ftp", "ftps", "ftps-implicit", "sftp"] = "ftps",
        port: int | None = None,
        user: str | None = None,
        password: str | None = None,
        key: str | bytes | None = None,
        key_file: str | os.PathLike[str] | None = None,
        key_passphrase: str | None = None,
        directory: str | None = None,
        file: str | None = None,
        archive: str | None = None,
        side_file: str | None = None,
        characters: Literal["portable", "ascii", "windows", "any"] | None = None,
        ca_bundle: str | os.PathLike[str] | bytes | None = None,
        host_key: str | Iterable[str] | None = None,
        known_hosts_file: str | os.PathLike[str] | None = None,
        insecure: bool = False,
        temporary: Literal["rename", "direct"] | None = None,
        existing: Literal["replace", "keep", "refuse"] | None = None,
        connect_timeout: float | timedelta | None = None,
        timeout: float | timedelta | None = None,
        retry: RetryPolicy | None = None,
        passive: Literal["auto", "extended", "classic"] | None = None,
    ) -> None:
        if host_key is not None:
            host_key = [host_key] if isinstance(host_key, str) else list(host_key)
        settings: dict[str, object] = {
            "host": host,
            "protocol": protocol,
            "port": port,
            "user": user,
            "password": password,
            "key": key,
            "key_file": key_file,
            "key_passphrase": key_passphrase,
            "directory": directory,
            "file": file,
            "archive": archive,
            "side_file": side_file,
            "characters": characters,
            "ca_bundle": ca_bundle,
            "host_key": host_key,
            "known_hosts_file": known_hosts_file,
            "insecure": insecure or None,
            "temporary": temporary,
            "existing": existing,
            "connect_timeout": connect_timeout,
            "timeout": timeout,
            "retry": retry,
            "passive": passive,
        }
        self._given = Given({name: value for name, value in settings.items() if value is not None})
        # What is said of an error may show the variables of this call.
        del password, key, key_passphrase, settings
        self._handle = _native.FtpDestination(self._given)

    @classmethod
    def _of(cls, handle: _native.FtpDestination) -> Destination:
        self = cls.__new__(cls)
        self._given = None
        self._handle = handle
        return self

    @property
    def host(self) -> str:
        """The name or address of the server."""
        return self._handle.host

    @property
    def port(self) -> int:
        """The port."""
        return self._handle.port

    @property
    def protocol(self) -> str:
        """``ftp``, ``ftps``, ``ftps-implicit`` or ``sftp``."""
        return self._handle.protocol

    def plan(self, files: Files, variables: Variables | None = None) -> Plan:
        """What files will be called on the server. Nothing is connected.

        The files are read only if a template asks for their hash.

        :param files: paths, pairs of a name and bytes, :class:`qlower.Checked` or :class:`qlower.ftp.Outgoing`.
        :param variables: what templates may say besides.
        :raises qlower.ftp.NamingError: with everything that is wrong.
        """
        return Plan(**self._handle.plan(natives(files), texts(variables)))

    def check(self) -> str | None:
        """Connects, logs in, and leaves: what protects the connection, such as ``TLS 1.3``; ``None`` if nothing does.

        It is what stands behind a button "test this connection". It writes nothing, and tries once.

        :raises qlower.ftp.DeliveryError: if that fails.
        """
        return self._handle.check(False)

    async def check_async(self) -> str | None:
        """Like :meth:`check`, for asyncio."""
        from ._aio import end_of

        protection: str | None = await end_of(self._handle.check(True))
        return protection

    def __repr__(self) -> str:
        if self._given is None:
            return f"<Destination {self.protocol}://{self.host}:{self.port}>"
        rest = Given(self._given)
        host = rest.pop("host")
        return f"Destination({host!r}, {rest!r})" if rest else f"Destination({host!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._given is None:
            raise TypeError("a destination of a fleet cannot be pickled: open the fleet there")
        return _restore, (self._given,)


def _restore(given: Given) -> Destination:
    return Destination(**given)  # type: ignore[arg-type]


def deliver(
    destination: Destination,
    files: Files,
    variables: Variables | None = None,
    *,
    details: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> Receipt:
    """Delivers files to a customer's server, and waits until they stand there under their names.

    Each is sent under a temporary name, its size is verified, and then it gets its own: nobody sees half of one. Failures that
    may pass are tried again on a new connection, where what is there of a file is completed if the server can do that, and what
    is delivered is not sent again. Other threads go on meanwhile, and Ctrl-C interrupts it: the connection is then closed, and
    all that is left is a ``.part``, which another try completes if the file has 16 MiB or more.

    :param destination: where to.
    :param files: paths, pairs of a name and bytes, :class:`qlower.Checked` or :class:`qlower.ftp.Outgoing`.
    :param variables: what the templates may say besides, such as ``{"vin": "VF1AB000123456789"}``.
    :param details: any JSON for the side file, under ``details``.
    :param progress: is called with a :class:`qlower.ftp.Progress` as files go out, by another thread. What it raises stops the
        delivery, and is raised here.
    :raises qlower.ftp.NamingError: before anything is connected, with everything that is wrong with the names.
    :raises qlower.ftp.DeliveryError: with the receipt of what was delivered.
    """
    return destination._handle.deliver(
        natives(files), texts(variables), json_of(details), _telling(progress), False
    )


async def deliver_async(
    destination: Destination,
    files: Files,
    variables: Variables | None = None,
    *,
    details: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> Receipt:
    """Like :func:`deliver`, for asyncio. A task that is cancelled stops its delivery.

    ``progress`` is called in the loop's thread.
    """
    from ._aio import Told, end_told

    telling = _telling(progress)
    told = None if telling is None else Told(telling)
    job = destination._handle.deliver(
        natives(files), texts(variables), json_of(details), told, True
    )
    receipt: Receipt = await end_told(job, told)
    return receipt


def _telling(
    progress: Callable[[Progress], object] | None,
) -> Callable[..., object] | None:
    """A callback of the native module's that calls the program's."""
    if progress is None:
        return None
    return lambda *facts: progress(Progress(*facts))
