"""Whole cases: the table of scores and the table of explanations."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from rules.curves import Setting, age
from rules.data import Bad, FaultError, Json, RaisedError, Row, check_values, holds, rows_of, shown
from rules.documents import hash_of
from rules.steps import (
    STATE_COLUMNS,
    Fired,
    Override,
    State,
    adjustments,
    held,
    overrides,
    plain_band,
    states,
    variant_of,
    varied,
)
from rules.tree import Line, Part, combine, lines, measure, rounded

BEFORE, AFTER = -1, 1_000_000  # where faults of conditions stand among those of items


def items_of(dimensions: list[Json]) -> Iterator[Json]:
    """All items in the order of the card."""
    for dimension in dimensions:
        yield from items_of(dimension.get("dimensions", []))
        yield from dimension.get("items", [])


def account_faults(card: Json, rows: list[Row]) -> None:
    """Raises when an account is missing or stands in two rows."""
    if (account := card.get("account")) is None:
        return
    seen: set[Any] = set()
    for code in ("null_account", "duplicate_account"):
        found: list[Bad] = []
        for number, row in enumerate(rows):
            name = row[account]
            if name is None if code == "null_account" else name in seen:
                found.append(Bad(number, 0, code, account, ""))
            if code == "duplicate_account":
                seen.add(name)
        if found:
            raise RaisedError(found)


class Reading(NamedTuple):
    """Everything that is found of one account."""

    card: Json  # with its variant
    status: str
    state: State
    score: Fraction | None = None
    tier: str | None = None
    variant: str | None = None
    tree: Part | None = None
    raw_score: Fraction | None = None
    fired: tuple[Fired, ...] | None = None
    override: Override | None = None
    moved: Fraction = Fraction(0)  # what the override changed
    rounding: Fraction = Fraction(0)  # what the rounding of the card changed
    faults: tuple[Bad, ...] = ()


class Run:
    """A case: its card, tables and options."""

    def __init__(self, card: Json, case: Json) -> None:
        """Reads the rows under the names of the card."""
        self.card = card
        self.options: Json = case.get("options", {})
        self.mapping: dict[str, str] = self.options.get("columns", {})
        given = rows_of(case.get("table", {}))
        rows = [{**row, **{ours: row[theirs] for ours, theirs in self.mapping.items()}} for row in given]
        worst, best = card.get("scale", [0, 100])
        self.as_of: str | None = self.options.get("as_of")
        as_of = datetime.date.fromisoformat(self.as_of or "1970-01-01")
        self.setting = Setting(Fraction(worst), Fraction(best), as_of, self.options.get("zone"))
        account_faults(card, rows)
        self.check_fitted()
        self.hash = hash_of(card)
        self.previous = states(card, self.hash, rows_of(case.get("previous", {})), self.options)
        self.overrides = overrides(card, rows_of(case.get("overrides", {})), self.options, self.setting)
        self.numbers: list[int] = self.options.get("rows", list(range(len(rows))))
        self.rows = [rows[number] for number in self.numbers]
        self.readings = [self.read(number, rows[number]) for number in self.numbers]
        found = [bad for reading in self.readings for bad in reading.faults]
        if found and self.options.get("on_error", "raise") == "raise":
            raise RaisedError(sorted(found, key=lambda bad: bad.order))

    def check_fitted(self) -> None:
        """Raises when a quantile curve has no knots yet."""
        for item in items_of(self.card["dimensions"]):
            if "fitted" not in item["curve"].get("quantile", {"fitted": {}}):
                raise RaisedError([Bad(0, 0, "quantile_not_fitted", "", item["id"])])

    # --- One account -----------------------------------------------------------------------------------------

    def read(self, number: int, row: Row) -> Reading:
        """Everything of one account, in the order of evaluation."""
        account = shown(row[self.card["account"]]) if "account" in self.card else None
        state = self.previous.get(account)
        frozen = self.card.get("frozen_when")
        if frozen is not None:
            try:
                check_values(frozen, row, self.setting.zone)
            except FaultError as fault:
                return self.invalid(state, [Bad(number, BEFORE, fault.code, fault.column, "")])
            if holds(frozen, row, self.setting.zone):
                kept = state or State()
                return Reading(self.card, "frozen", kept, kept.score, kept.tier)
        faults = list(self.condition_faults(number, row))
        if any(bad.order == BEFORE for bad in faults):
            return self.invalid(state, faults)
        variant = variant_of(self.card, row, self.setting.zone)
        card = varied(self.card, variant)
        parts = [measure(dimension, row, self.setting) for dimension in card["dimensions"]]
        tree = combine("", card, parts, self.setting, None)
        faults += self.item_faults(number, tree)
        faults.sort(key=lambda bad: bad.order)
        first = Reading(card, "invalid", state or State(), None, None, variant["id"] if variant else None, tree)
        if faults:
            return first._replace(faults=tuple(faults))
        return self.scored(first, row, account, state)

    def invalid(self, state: State | None, faults: list[Bad]) -> Reading:
        """An account whose conditions cannot be answered."""
        return Reading(self.card, "invalid", state or State(), faults=tuple(faults))

    def condition_faults(self, number: int, row: Row) -> Iterator[Bad]:
        """What is wrong with the values that conditions of the card and its grace ask for."""
        groups = [(BEFORE, self.card.get("variants", [])), (AFTER, self.card.get("adjustments", []))]
        for order, given in groups:
            for one in given:
                try:
                    check_values(one["when"], row, self.setting.zone)
                except FaultError as fault:
                    yield Bad(number, order, fault.code, fault.column, "")
        if "grace" in self.card:
            try:
                age(row, self.card["grace"]["since"], self.setting)
            except FaultError as fault:
                yield Bad(number, AFTER, fault.code, fault.column, "")

    def item_faults(self, number: int, tree: Part) -> Iterator[Bad]:
        """What is wrong in a row, in the order of the items."""
        items = [line.part for line in self.tree_lines(tree) if line.line == "item"]
        for order, part in enumerate(items):
            if part.judged is not None and (fault := part.judged.fault) is not None:
                yield Bad(number, order, fault.code, fault.column, part.id)

    def tree_lines(self, tree: Part) -> list[Line]:
        """All lines below the score."""
        return list(lines(tree, self.setting.worst, Fraction(1), Fraction(1), Fraction(0), None))

    def scored(self, first: Reading, row: Row, account: str | None, state: State | None) -> Reading:
        """From the aggregate to the tier that holds."""
        card, tree, override = first.card, first.tree, self.overrides.get(account)
        assert tree is not None
        enough = tree.coverage is not None and tree.coverage >= card.get("min_coverage", Fraction(1, 2))
        raw_score = tree.points if enough else None
        fired = () if raw_score is None else tuple(adjustments(card, row, raw_score, self.setting))
        score = None if raw_score is None else raw_score + sum((one.change for one in fired), Fraction(0))
        moved = Fraction(0)
        if override is not None and override.points is not None:
            moved = override.points - (score or 0)
            score = override.points
        first = first._replace(raw_score=raw_score, fired=fired, override=override, moved=moved)
        if score is None:
            tier = override.tier if override is not None else None
            return first._replace(status="insufficient_data", tier=tier)
        final = rounded(score, card.get("rounding"))
        tier, candidate, streak = self.tier(card, final, fired, override, state)
        return first._replace(
            status="grace" if self.in_grace(row) else "scored",
            score=final,
            rounding=final - score,
            tier=tier,
            state=State(self.hash, tier, candidate, streak, final, self.as_of),
        )

    def tier(
        self, card: Json, score: Fraction, fired: tuple[Fired, ...], override: Override | None, state: State | None
    ) -> tuple[str | None, str | None, int]:
        """Tier, candidate and streak: an override comes first, then an adjustment that forces a tier."""
        forced = [one.tier for one in fired if one.tier is not None]
        if override is not None:
            return override.tier or plain_band(card.get("tiers", []), score), None, 0
        if forced:
            return forced[-1], None, 0
        return held(card, score, state, self.as_of)

    def in_grace(self, row: Row) -> bool:
        """Whether the account is still new."""
        grace: Json | None = self.card.get("grace")
        days = None if grace is None else age(row, grace["since"], self.setting)
        return grace is not None and days is not None and days < grace["days"]

    # --- Tables ----------------------------------------------------------------------------------------------

    def account_column(self) -> dict[str, list[Any]]:
        """The column of accounts, if the card has one."""
        account: str | None = self.card.get("account")
        if account is None:
            return {}
        return {self.mapping.get(account, account): [shown(row[account]) for row in self.rows]}

    def selected(self, table: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """The columns that are asked for."""
        select: list[str] | None = self.options.get("select")
        if select is None:
            return table
        return {name: table[name] for name in (self.mapping.get(name, name) for name in select)}

    def scores(self) -> dict[str, list[Any]]:
        """The table of scores."""
        out = self.account_column()
        out["score"] = [reading.score for reading in self.readings]
        if self.card.get("tiers"):
            out["tier"] = [reading.tier for reading in self.readings]
        out["status"] = [reading.status for reading in self.readings]
        trees = [None if reading.faults else reading.tree for reading in self.readings]
        out["coverage"] = [None if tree is None else tree.coverage for tree in trees]
        for at, dimension in enumerate(self.card["dimensions"]):
            out[dimension["id"]] = [None if tree is None else tree.parts[at].points for tree in trees]
        for name in ("raw_score", "variant", "adjustments", "state"):
            if name in self.options.get("include", []):
                out |= self.included(name)
        if self.options.get("on_error") == "null":
            first = [reading.faults[0] if reading.faults else None for reading in self.readings]
            out["error_code"] = [bad.code if bad else None for bad in first]
            out["error_item"] = [bad.item or None if bad else None for bad in first]
        return self.selected(out)

    def included(self, name: str) -> dict[str, list[Any]]:
        """The columns that come when asked for."""
        match name:
            case "raw_score":
                return {name: [reading.raw_score for reading in self.readings]}
            case "variant":
                return {name: [reading.variant for reading in self.readings]}
            case "adjustments":
                return {name: [", ".join(one.id for one in reading.fired or ()) or None for reading in self.readings]}
            case _:
                found = [reading.state for reading in self.readings]
                return {column: [state[at] for state in found] for at, column in enumerate(STATE_COLUMNS)}

    def explanation(self) -> dict[str, list[Any]]:
        """The table of explanations: lines of every account that add up to its score."""
        own = list(self.account_column())
        rest = ["dimension", "item", "line", "value", "state"]
        rest += ["points", "weight", "effective_weight", "contribution"]
        out: dict[str, list[Any]] = {name: [] for name in own + rest}
        for row, reading in zip(self.rows, self.readings, strict=True):
            for cells in self.account_lines(row, reading):
                found = [shown(row[self.card["account"]]) for _ in own] + cells
                for column, value in zip(out.values(), found, strict=True):
                    column.append(value)
        return self.selected(out)

    def account_lines(self, row: Row, reading: Reading) -> Iterator[list[Any]]:
        """The lines of one account."""
        below = [] if reading.tree is None else self.tree_lines(reading.tree)
        items = {item["id"]: item for item in items_of(reading.card["dimensions"])}
        has_score = reading.raw_score is not None
        for line in below:
            if line.line != "item" or line.part.judged is None:
                continue
            source = items[line.part.id].get("source", {"column": line.part.id})
            value = row[source["column"]] if "column" in source else line.part.judged.value
            yield [
                line.dimension,
                line.part.id,
                "item",
                shown(value),
                line.part.judged.state,
                line.part.points,
                line.part.weight,
                line.share if has_score else None,
                line.contribution if has_score else None,
            ]
        if not below:
            yield from self.unread_lines(reading)
        if reading.status == "frozen":
            yield added("frozen", None, None, None, reading.score)
        if reading.status not in ("frozen", "invalid"):
            yield from self.lines_above(reading, below if has_score else [])

    def unread_lines(self, reading: Reading) -> Iterator[list[Any]]:
        """The items of an account that is not evaluated."""

        def inside(dimension: Json) -> Iterator[tuple[str, Json]]:
            for inner in dimension.get("dimensions", []):
                yield from inside(inner)
            for item in dimension.get("items", []):
                yield dimension["id"], item

        for dimension in reading.card["dimensions"]:
            for name, item in inside(dimension):
                weight = Fraction(item.get("weight", 1))
                yield [name, item["id"], "item", None, reading.status, None, weight, None, None]

    def lines_above(self, reading: Reading, below: list[Line]) -> Iterator[list[Any]]:
        """The lines that are no items."""
        baseline = sum((line.contribution for line in below if line.line == "baseline"), Fraction(0))
        if baseline:
            yield added("baseline", None, None, None, baseline)
        for line in below:
            if line.line == "limit" and line.contribution:
                yield added("limit", line.dimension, None, None, line.contribution)
        rounding = sum((line.contribution for line in below if line.line == "rounding"), reading.rounding)
        if rounding:
            yield added("rounding", None, None, None, rounding)
        for one in reading.fired or ():
            yield added("adjustment", None, one.id, one.says, one.change)
        if reading.override is not None:
            moved = None if reading.score is None else reading.moved
            yield added("override", None, None, reading.override.note, moved)


def added(line: str, dimension: str | None, item: str | None, value: str | None, number: Fraction | None) -> list[Any]:
    """The cells of a line that is no item."""
    return [dimension, item, line, value, None, None, None, None, number]
