"""The client that waits."""

from __future__ import annotations

from ._settings import Settings, kept
from ._split import Parts, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from types import TracebackType
    from typing import Any, Literal

    # `typing.Self` is 3.11's.
    from typing_extensions import Self

    from ._batch import Batch
    from ._check import Source
    from ._receipt import Receipt, UploadProgress, UploadReceipt, UploadStatus
    from ._split import SentAll


class Client(Settings):
    """Sends checked payloads to one environment of Qlower.

    Every call waits without holding up other threads, and Ctrl-C interrupts it: the connection is then closed, and nothing goes
    on in the background. A client may be used by several threads at once, and by the children of ``fork``.

    Times are seconds, or :class:`datetime.timedelta`. What is not given is filled from the environment variables
    ``QLOWER_ENVIRONMENT``, ``QLOWER_PARTNER``, ``QLOWER_API_KEY`` and, for uploads, the standard ``AWS_*``.

    :param environment: ``"production"``, ``"staging"``, a URL, or a :class:`qlower.Environment`. None is guessed.
    :param partner: the partner whose payloads are sent; others are refused before anything leaves. Default: any.
    :param api_key: the access key of these payloads; those with another one are refused. Default: any.
    :param timeout: the limit of one attempt, from connecting to the end of the reply. Default 120 s.
    :param connect_timeout: the limit for connecting: name, TCP, proxy and TLS. Default 10 s.
    :param retry: when to try again.
    :param ca_bundle: trusts these certificate authorities and no others: the path of a PEM file, or its bytes.
    :param proxy: ``http://[user:password@]host:port``, or ``https://…``. Default: what ``HTTPS_PROXY`` or ``ALL_PROXY`` names.
    :param user_agent: the name of one's own program, such as ``acme-erp/3.2``, added to the header.
    :param max_body_bytes: the size above which a payload is refused before anything leaves. Default 10 MiB.
    :param max_reply_bytes: how much of an answer is read. Default 32 MiB.
    :param region: the region of the partner's bucket. Default ``eu-west-1``.
    :param access_key_id: the id of the access key for the bucket.
    :param secret_access_key: the secret that belongs to it.
    :param session_token: the session token of temporary credentials.
    :param s3_endpoint: the URL of another store that speaks S3. Plain ``http://`` is for this machine only.
    :param s3_endpoint_insecure: takes plain ``http://`` to any machine.
    :param s3_path_style: whether the bucket stands in the path of the URL. Default: if ``s3_endpoint`` is set.
    :param s3_part_size: bytes of the parts of large uploads, 5 MiB to 5 GiB. Default 8 MiB.
    :param s3_multipart_threshold: the size from which on a payload is uploaded in parts. Default 16 MiB.
    :param s3_concurrency: how many parts are uploaded at once, 1 to 64. Default 4.
    :raises qlower.ConfigError: if a setting cannot be used; it names the setting.

    >>> from qlower import Client
    >>> with Client("staging", partner="acme", api_key="k-1") as client:
    ...     print(client)
    Client(environment='staging', partner='acme', api_key='***')
    """

    __slots__ = ()

    def send(self, source: Source) -> Receipt:
        """Checks a payload, sends it by REST, and waits until Qlower has treated it.

        Failures that may pass are tried again. A reply in which items failed is a receipt, not an error.

        :param source: what :func:`qlower.check` takes, or a :class:`qlower.Checked`, which is not checked again.
        :raises qlower.ValidationError: before anything leaves, with the whole report.
        :raises qlower.QlowerError: one of its kinds; its ``certainty`` tells whether Qlower may have treated the payload.
        """
        return self._open().send(source, False)

    def send_all(
        self,
        source: Parts | Source,
        *,
        concurrency: int | None = None,
        on_failure: Literal["stop", "continue"] = "stop",
    ) -> SentAll:
        """Sends a payload in parts, several at once, each after those that it needs; and says of each what became of it.

        :param source: parts, as :func:`qlower.split` makes them, or a payload, which is cut by its defaults.
        :param concurrency: how many parts are under way at once. Default 4.
        :param on_failure: ``"stop"`` begins nothing more after a failure, ``"continue"`` goes on with what does not need the
            failed part.
        :raises qlower.ValidationError: if a payload is given that has errors. Failures of parts are told, not raised.
        """
        parts = source if isinstance(source, Parts) else split(source)
        natives = [part._handle for part in parts]
        return self._open().send_all(natives, concurrency, on_failure, False)

    def upload(
        self,
        source: Source,
        *,
        key: str | None = None,
        resume: bool = False,
        on_progress: Callable[[UploadProgress], object] | None = None,
    ) -> UploadReceipt:
        """Checks a payload and uploads it to the partner's bucket by S3. Its arrival starts a load on Qlower's side.

        The key has the content's hash in it, and the object is made only if there is none with this key: the same payload is in
        the bucket once, however often the answer to an upload is lost.

        :param source: what :meth:`send` takes, or a :class:`qlower.PayloadFile`.
        :param key: another key. An object that is there already is then an error.
        :param resume: looks first whether an earlier run has uploaded it, also where Qlower moves what it has loaded.
        :param on_progress: is called at the start, whenever the store has acknowledged a part, and at the end, by another thread.
            What it raises stops the upload, and is raised here.
        :raises qlower.QlowerError: one of its kinds; :class:`qlower.StoreError` tells what to do about a refusal.
        """
        return self._open().upload(source, key, resume, telling(on_progress), False)

    def upload_batch(
        self,
        batch: Batch,
        *,
        on_progress: Callable[[int, UploadProgress], object] | None = None,
    ) -> list[UploadReceipt]:
        """Uploads the files of a batch that are not yet noted as uploaded, one after the other, and notes each on the disk.

        After a crash, at whatever moment, :meth:`qlower.Batch.open` and another call finish the job without a second copy.

        :param on_progress: is called with the number of the file, counted from 0 among those of this call, and how far its
            upload has come. What it raises stops the upload, and is raised here.
        :raises qlower.QlowerError: as :meth:`upload`; what was uploaded before is noted.
        """
        return batch._handle.upload(self._open(), telling_of_files(on_progress), False)

    def upload_status(self, receipt: UploadReceipt | dict[str, Any]) -> UploadStatus:
        """Looks where an uploaded object is by now: Qlower moves it when it has loaded it.

        :param receipt: what :meth:`upload` gave, or its ``to_dict()``.
        :raises qlower.QlowerError: if the store could not be asked. That it may not be asked is no error, but ``unknown``.
        """
        return self._open().upload_status(kept(receipt), False)

    def wait_for(
        self, receipt: UploadReceipt | dict[str, Any], timeout: float | timedelta
    ) -> UploadStatus:
        """Looks again and again until Qlower is done with an uploaded object, or time is up; gives what was seen last.

        The waits grow from a quarter of a second to 15 s. If the credentials may not list, it does not wait at all.
        """
        return self._open().wait_for(kept(receipt), timeout, False)

    def close(self) -> None:
        """Closes the connections. Another call of ``send`` or the like then is an error; closing again is none."""
        self._handle = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def telling(
    on_progress: Callable[[UploadProgress], object] | None,
) -> Callable[[int, int], None] | None:
    """A callback of the native module's that calls the program's."""
    if on_progress is None:
        return None
    from ._receipt import UploadProgress

    def tell(done: int, total: int) -> None:
        on_progress(UploadProgress(done, total))

    return tell


def telling_of_files(
    on_progress: Callable[[int, UploadProgress], object] | None,
) -> Callable[[int, int, int], None] | None:
    """The same, for several files."""
    if on_progress is None:
        return None
    from ._receipt import UploadProgress

    def tell(file: int, done: int, total: int) -> None:
        on_progress(file, UploadProgress(done, total))

    return tell
