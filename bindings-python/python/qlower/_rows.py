"""Rows that do not name their fields as the models do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any


class Rows:
    """Rows whose columns have no names, or others than the models.

    It stands wherever rows are taken: ``Payload(transactions=Rows(...))``, ``writer.write_transactions(Rows(...))``. Findings
    then speak of the columns by the names given here.

    :param data: tuples or other sequences of values, when ``columns`` names them; else dicts, objects, or an Arrow table.
    :param columns: the names of the values of a row, in their order: readable names, wire keys, or names that ``rename``
        translates.
    :param rename: for names of your own, the readable name or wire key of the field.

    >>> import qlower
    >>> cursor = [("T1", "2025-01-05", "P1", "850.00", "Loyer"), ("T2", "05/02/2025", "P1", "850.00", "Loyer")]
    >>> rows = qlower.Rows(
    ...     cursor,
    ...     columns=["id", "jour", "property_id", "amount", "reference"],
    ...     rename={"jour": "date"},
    ... )
    >>> header = {"partner": "acme", "api_key": "k", "created_at": "2025-03-01T08:00:00Z", "version": "2.0"}
    >>> report = qlower.check({**header, "transactions": rows}, today="2025-03-01")
    >>> [(finding.row, finding.column_name, finding.suggestion) for finding in report.errors]
    [(1, 'jour', '2025-02-05')]
    """

    __slots__ = ("columns", "data", "rename")

    data: Any
    """The rows."""
    columns: list[str] | None
    """The names of the values of a row."""
    rename: dict[str, str]
    """For names of the caller's own, the readable name or wire key."""

    def __init__(
        self,
        data: Iterable[Any] | Any,
        *,
        columns: Sequence[str] | None = None,
        rename: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(columns, str):
            raise TypeError("columns is a sequence of names, not one name")
        self.data = data
        self.columns = None if columns is None else list(columns)
        self.rename = dict(rename or {})

    def __repr__(self) -> str:
        return f"<Rows of {type(self.data).__name__}: columns={self.columns} rename={self.rename}>"
