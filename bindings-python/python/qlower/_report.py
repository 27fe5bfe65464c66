"""What a check found."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import Any, Literal

    from . import _native

    Detail = tuple[str | None, int | None, str | None]

#: Languages and colours of which a pickled report keeps its rendering.
_KEPT = (("en", False), ("en", True), ("fr", False), ("fr", True))


class Finding:
    """A mistake, or something to look at, with its place.

    ``str()`` gives the English message alone. The access key never occurs in a finding.

    >>> import qlower
    >>> text = b'''{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z",
    ...  "versionId": "2.0", "transactions": [
    ...   {"id": "T1", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 1, "ref": "Loyer"}]}'''
    >>> finding = qlower.check(text, today="2025-02-01").errors[0]
    >>> finding.code, finding.pointer, finding.line, finding.suggestion
    ('invalid_date', '/transactions/0/reqdExctnDt', 3, '2025-01-31')
    >>> print(finding)
    "31/01/2025" is not a date (YYYY-MM-DD).
    """

    __slots__ = (
        "accepted",
        "code",
        "column",
        "column_name",
        "field",
        "id",
        "line",
        "message",
        "message_fr",
        "model",
        "pointer",
        "row",
        "severity",
        "suggestion",
    )

    code: str
    """What kind of finding it is, such as ``"missing_field"``."""
    severity: Literal["error", "warning"]
    """``"error"``: nothing may be sent. ``"warning"``: Qlower accepts it, but look at it."""
    model: str
    """The model of the item concerned, such as ``"transactions"``; ``"payload"`` for the header."""
    id: str | None
    """The partner's id of the item concerned, where it has one."""
    pointer: str
    """JSON Pointer of the value; of a missing field, where it would stand."""
    line: int | None
    """Line in the text, from 1; ``None`` where no text was given."""
    column: int | None
    """Column in the line, in characters, from 1; ``None`` where no text was given."""
    message: str
    """The message in English."""
    message_fr: str
    """The message in French."""
    accepted: list[str]
    """The values that would be accepted, where they are a short closed list."""
    suggestion: str | None
    """What was probably meant: a value, or the nearest known key."""
    field: str | None
    """Wire key of the field concerned, where it is about one."""
    row: int | None
    """Index of the row in what was given, from 0; ``None`` where a text was given."""
    column_name: str | None
    """The name under which the value was given: of a column, a dict's key, an attribute."""

    def __init__(self, data: Mapping[str, Any], detail: Detail = (None, None, None)) -> None:
        self.code = data["code"]
        self.severity = data["severity"]
        self.model = data["model"]
        self.id = data["id"]
        self.pointer = data["pointer"]
        self.line = data.get("line")
        self.column = data.get("column")
        self.message = data["message"]
        self.message_fr = data["message_fr"]
        self.accepted = data.get("accepted", [])
        self.suggestion = data.get("suggestion")
        self.field, self.row, self.column_name = detail

    def to_dict(self) -> dict[str, Any]:
        """The finding as a plain dict, with the keys of the report's JSON; what is not known is left out."""
        optional = ("line", "column", "accepted", "suggestion", "row", "column_name")
        always = ("code", "severity", "model", "id", "pointer", "message", "message_fr")
        data = {name: getattr(self, name) for name in always}
        for name in optional:
            if (value := getattr(self, name)) not in (None, []):
                data[name] = value
        return data

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        identity = "" if self.id is None else f" id={self.id!r}"
        return f"<Finding {self.severity}[{self.code}] {self.pointer or '/'}{identity}: {self.message}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Finding):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]


class Report:
    """All findings of one check, in the order of what was checked.

    ``str()`` is the rendering for a terminal; in a notebook it is shown as HTML. It pickles as data.

    >>> import qlower
    >>> report = qlower.check(b"{}", today="2025-02-01")
    >>> report.is_valid, report.error_count, report.warning_count
    (False, 4, 1)
    >>> print(report.errors[0].message)
    The required field "inigPtynm" is missing or blank.
    """

    __slots__ = ("_data", "_details", "_findings", "_handle", "_texts")

    _handle: _native.Report | None
    _data: dict[str, Any] | None
    _details: list[Detail] | None
    _findings: list[Finding] | None
    _texts: dict[Any, str | None]

    def __init__(self) -> None:
        raise TypeError("reports are made by qlower.check")

    @classmethod
    def _of(cls, handle: _native.Report | None) -> Report:
        report = cls.__new__(cls)
        report._handle = handle
        report._data = report._details = report._findings = None
        report._texts = {}
        return report

    def _load(self) -> dict[str, Any]:
        data = self._data
        if data is None:
            import json

            assert self._handle is not None
            data = self._data = dict(json.loads(self._handle.to_json()))
        return data

    def _load_details(self) -> list[Detail]:
        if self._details is None:
            assert self._handle is not None
            self._details = self._handle.details()
        return self._details

    @property
    def findings(self) -> list[Finding]:
        """The findings; at most as many as ``max_findings`` allowed to keep, see :attr:`omitted`."""
        if self._findings is None:
            data = self._load()["findings"]
            self._findings = [
                Finding(*both) for both in zip(data, self._load_details(), strict=True)
            ]
        return self._findings

    @property
    def errors(self) -> list[Finding]:
        """The findings of severity ``"error"``."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """The findings of severity ``"warning"``."""
        return [finding for finding in self.findings if finding.severity == "warning"]

    @property
    def is_valid(self) -> bool:
        """Whether the payload may be sent: every rule ran to the end, and there is no error."""
        valid: bool = self._load()["is_valid"] if self._handle is None else self._handle.is_valid
        return valid

    @property
    def is_complete(self) -> bool:
        """Whether every rule ran over everything. Malformed JSON can stop a check."""
        complete: bool = (
            self._load()["is_complete"] if self._handle is None else self._handle.is_complete
        )
        return complete

    @property
    def error_count(self) -> int:
        """How many errors there are, those included that were not kept in detail."""
        return sum(count["errors"] for count in self.counts.values())

    @property
    def warning_count(self) -> int:
        """How many warnings there are, those included that were not kept in detail."""
        return sum(count["warnings"] for count in self.counts.values())

    @property
    def omitted(self) -> int:
        """How many findings were counted but not kept in detail."""
        omitted: int = self._load()["omitted"] if self._handle is None else self._handle.omitted
        return omitted

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """For each model that occurs, its number of ``items``, ``errors`` and ``warnings``."""
        counts: dict[str, dict[str, int]] = self._load()["counts"]
        return counts

    @property
    def rules(self) -> dict[str, str]:
        """The edition of the rules that were applied: ``format``, ``edition`` and ``date``."""
        rules: dict[str, str] = self._load()["rules"]
        return rules

    def raise_for_errors(self) -> None:
        """Does nothing if the report is valid.

        :raises qlower.ValidationError: with this report, if there is an error in it.
        """
        if (complaint := self._text("complaint")) is not None:
            from ._errors import build

            raise build("validation", complaint, {"report": self})

    def render(
        self,
        lang: str = "en",
        *,
        colors: bool = False,
        per_group: int | None = None,
        source: bytes | bytearray | memoryview | str | os.PathLike[str] | None = None,
        name: str | None = None,
    ) -> str:
        """The rendering for people: grouped and counted.

        A report that was pickled keeps the renderings in both languages, with and without colours; its other options are
        those of the default.

        :param lang: ``"en"`` or ``"fr"``.
        :param colors: use the colours of an ANSI terminal.
        :param per_group: how many findings of a kind are shown in full, 3 when not given; of the others the places.
        :param source: the text that was checked, or the path of its file, to show the lines concerned. The access
            key is masked.
        :param name: what the source is called; its path, or ``-``, when not given.
        :raises ValueError: for another language.

        >>> import qlower
        >>> report = qlower.check(b"")
        >>> print(report.render("fr").splitlines()[-1])
        1 erreur, 0 avertissement : non valide, et le contrôle n'a pas pu aller au bout (règles 2.0/2.2, 2026-08)
        """
        if self._handle is None:
            key = (lang[:2].lower(), colors)
            if key not in _KEPT:
                raise ValueError(f'unknown language {lang!r}: use "en" or "fr"')
            return self._texts[key] or ""
        if source is not None and name is None and hasattr(source, "__fspath__"):
            name = str(source)
        return self._handle.render(lang, colors, per_group, source, name)

    def to_dict(self) -> dict[str, Any]:
        """The report as a plain dict, the same from every language.

        Findings about rows also have ``row`` and ``column_name``.
        """
        import copy

        data = copy.deepcopy(self._load())
        for finding, (_, row, column_name) in zip(
            data["findings"], self._load_details(), strict=True
        ):
            if row is not None:
                finding["row"] = row
            if column_name is not None:
                finding["column_name"] = column_name
        return data

    def to_json(self) -> str:
        """:meth:`to_dict` as compact JSON."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def _text(self, key: str) -> str | None:
        return self._texts[key] if self._handle is None else self._handle.complaint()

    def __str__(self) -> str:
        return self.render()

    def __repr__(self) -> str:
        verdict = "valid" if self.is_valid else "not valid"
        return f"<Report {verdict}: errors={self.error_count} warnings={self.warning_count}>"

    def _repr_html_(self, lang: str = "en") -> str:
        from ._html import of_rendering

        return of_rendering(self.render(lang, colors=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Report):
            return NotImplemented
        return self._load() == other._load() and self._load_details() == other._load_details()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        texts: dict[Any, str | None] = {key: self.render(key[0], colors=key[1]) for key in _KEPT}
        texts["complaint"] = self._text("complaint")
        return _restore, (self._load(), self._load_details(), texts)


def _restore(data: dict[str, Any], details: list[Detail], texts: dict[Any, str | None]) -> Report:
    report = Report._of(None)
    report._data, report._details, report._texts = data, details, texts
    return report
