"""Exceptions and findings.

The compiled part raises these classes by name; nothing here decides anything.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "Error",
    "InvalidDataError",
    "InvalidDocumentError",
    "Issue",
    "Issues",
    "NotConvergedError",
    "NotEnoughDataError",
    "OutOfRangeError",
    "UnknownColumnError",
    "UnsupportedError",
]


class Issue:
    """One finding: what is wrong or doubtful, and where.

    Attributes:
        level: `"error"` or `"warning"`.
        code: The stable code, such as `"unknown_field"`.
        message: One sentence: what, where, what was found, what was expected, what to do.
        path: Path in the document, such as `"dimensions[0].items[2].weight"`, or `None`.
        item: Item of the scorecard, or `None`.
        column: Column of the frame, or `None`.
        rows: The first offending rows, counted from 0; at most 5.
        row_count: How many rows offend in all; 0 when the issue is not about rows.
        value: What was found, or `None`.
        expected: What was expected, or `None`.
        help: What to do about it, or `None`.
        context: All of the above that is known, as a dict.

    Examples:
        >>> import customer_success as cs
        >>> issue = cs.check({"schema_version": 1, "scorecrad": "x"})[0]
        >>> issue.level, issue.code
        ('error', 'unknown_field')
    """

    __slots__ = ("code", "context", "level", "message")

    level: str
    code: str
    message: str
    context: dict[str, Any]

    def __init__(self, level: str, code: str, message: str, context: dict[str, Any]) -> None:
        self.level = level
        self.code = code
        self.message = message
        self.context = context

    @property
    def path(self) -> str | None:
        """Path in the document."""
        return self.context.get("path")

    @property
    def item(self) -> str | None:
        """Item of the scorecard."""
        return self.context.get("item")

    @property
    def column(self) -> str | None:
        """Column of the frame."""
        return self.context.get("column")

    @property
    def rows(self) -> list[int]:
        """The first offending rows, counted from 0."""
        return list(self.context.get("rows", ()))

    @property
    def row_count(self) -> int:
        """How many rows offend in all."""
        return int(self.context.get("row_count", 0))

    @property
    def value(self) -> str | None:
        """What was found."""
        return self.context.get("value")

    @property
    def expected(self) -> str | None:
        """What was expected."""
        return self.context.get("expected")

    @property
    def help(self) -> str | None:
        """What to do about it."""
        return self.context.get("help")

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __repr__(self) -> str:
        return f"<Issue {self.level}: {self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Issue):
            return NotImplemented
        return (self.level, self.code, self.context) == (other.level, other.code, other.context)

    def __hash__(self) -> int:
        return hash((self.level, self.code, self.message))

    def __reduce__(self) -> tuple[Any, ...]:
        return Issue, (self.level, self.code, self.message, self.context)


class Issues(list[Issue]):
    """A list of findings that shows as a table in Jupyter; empty when there is nothing to say.

    Examples:
        >>> import customer_success as cs
        >>> cs.Issues()
        []
    """

    def _repr_html_(self) -> str:
        from html import escape

        if not self:
            return "<p>No issues.</p>"
        head = "<tr><th>level</th><th>code</th><th>where</th><th>message</th></tr>"
        rows = [
            f"<tr><td>{i.level}</td><td><code>{escape(i.code)}</code></td>"
            f"<td><code>{escape(i.path or i.column or '')}</code></td>"
            f"<td style='text-align:left'>{escape(i.message)}</td></tr>"
            for i in self
        ]
        return f"<table>{head}{''.join(rows)}</table>"


class Error(Exception):
    """Everything that this package raises about documents and data.

    Attributes:
        code: The stable code of the first issue, such as `"unknown_column"`.
        kind: The kind of the code: `"invalid_document"`, `"invalid_data"`, `"out_of_range"`,
            `"not_enough_data"`, `"not_converged"` or `"unsupported"`; `"internal"`, with the code
            `"internal_error"`, for a defect of this package.
        issues: All issues, errors first.
        context: The context of the first issue.

    Examples:
        >>> import customer_success as cs
        >>> try:
        ...     cs.Scorecard.from_json("{")
        ... except cs.Error as error:
        ...     print(error.code, error.kind)
        document_syntax invalid_document
    """

    code: str
    kind: str
    issues: Issues

    def __init__(self, message: str, code: str = "", kind: str = "", issues: Issues | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.kind = kind
        self.issues = Issues() if issues is None else issues

    @property
    def context(self) -> dict[str, Any]:
        """The context of the first issue."""
        return self.issues[0].context if self.issues else {}

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show its repr

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.code, self.kind, self.issues)


class InvalidDocumentError(Error, ValueError):
    """A document (scorecard, options) cannot be read or contradicts itself."""


class InvalidDataError(Error, ValueError):
    """A frame does not hold what the document asks for."""


class UnknownColumnError(InvalidDataError, KeyError):
    """The card asks for a column that the frame does not have (code `unknown_column`)."""


class OutOfRangeError(Error, OverflowError):
    """A number lies outside the range that can be computed with."""


class NotEnoughDataError(Error, ValueError):
    """There is too little data for the answer."""


class NotConvergedError(Error, ArithmeticError):
    """An iteration did not settle."""


class UnsupportedError(Error, NotImplementedError):
    """The build or the platform cannot do it."""


def make_exception(class_name: str, code: str, kind: str, message: str, issues: Issues) -> Error:
    """Makes the exception that the compiled part raises."""
    cls: type[Error] = globals().get(class_name, Error)
    if code == "unknown_column":
        cls = UnknownColumnError
    return cls(message, code, kind, issues)
