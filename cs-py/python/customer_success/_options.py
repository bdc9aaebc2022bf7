"""Options by name; one that is not given, or `None`, takes the core's default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import datetime

__all__ = ["ChangesOptions", "CompareOptions", "FlowOptions", "Options", "given"]


class Options(TypedDict, total=False):
    """The options of scoring."""

    as_of: str | datetime.date | None
    zone: str | None
    on_error: str | None
    columns: Mapping[str, str] | None
    select: Sequence[str] | None
    include: Sequence[str] | None
    rows: Any
    accept_state_of: Sequence[str] | None
    expired_overrides: str | None
    threads: int | None


class CompareOptions(TypedDict, total=False):
    """What both sides of a comparison have in common, and their days."""

    as_of_before: str | datetime.date | None
    as_of_after: str | datetime.date | None
    zone: str | None
    on_error: str | None
    columns: Mapping[str, str] | None
    select: Sequence[str] | None
    accept_state_of: Sequence[str] | None
    expired_overrides: str | None
    threads: int | None


class ChangesOptions(TypedDict, total=False):
    """The options of `changes`."""

    columns: Mapping[str, str] | None
    select: Sequence[str] | None


class FlowOptions(TypedDict, total=False):
    """The columns that a flow is counted from."""

    account: str | None
    value: str | None
    value_before: str | None
    value_after: str | None


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given: what is left out is the core's to decide."""
    return {name: value for name, value in options.items() if value is not None}
