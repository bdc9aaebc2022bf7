"""What comes before and after the score: variants, adjustments, overrides, tiers that hold."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from rules.curves import Setting
from rules.data import Bad, Json, RaisedError, Row, day_of, holds, shown

STATE_COLUMNS = ("state_card", "state_tier", "state_candidate", "state_streak", "state_score", "state_as_of")
ACTIONS = ("cap", "floor", "add", "multiply", "force_tier")


def refused(code: str, rows: list[int], column: str) -> RaisedError:
    """An error in a table that stands beside the data."""
    return RaisedError([Bad(row, 0, code, column, "") for row in rows])


# --- Variants --------------------------------------------------------------------------------------------


def variant_of(card: Json, row: Row, zone: str | None) -> Json | None:
    """The first variant whose condition holds."""
    return next((variant for variant in card.get("variants", []) if holds(variant["when"], row, zone)), None)


def varied(card: Json, variant: Json | None) -> Json:
    """The card with what a variant replaces."""
    if variant is None:
        return card
    weights: Json = variant.get("weights", {})
    curves: Json = variant.get("curves", {})
    tiers: Json = variant.get("tiers", {})

    def part(given: Json) -> Json:
        out = {**given, "weight": weights.get(given["id"], given.get("weight", 1))}
        if "curve" in given:
            out["curve"] = curves.get(given["id"], given["curve"])
        for group in ("dimensions", "items"):
            if group in given:
                out[group] = [part(inner) for inner in given[group]]
        return out

    out = {**card, "dimensions": [part(dimension) for dimension in card["dimensions"]]}
    if "tiers" in card:
        out["tiers"] = [{**tier, "from": tiers.get(tier["id"], tier["from"])} for tier in card["tiers"]]
    return out


# --- Adjustments -----------------------------------------------------------------------------------------


class Fired(NamedTuple):
    """An adjustment that fired, and what it changed."""

    id: str
    says: str
    change: Fraction
    tier: str | None


def adjusted(score: Fraction, action: str, number: Any, setting: Setting) -> Fraction:
    """A score after one adjustment."""
    match action:
        case "cap":
            score = min(score, Fraction(number))
        case "floor":
            score = max(score, Fraction(number))
        case "add":
            score += Fraction(number)
        case "multiply":
            score = setting.worst + (score - setting.worst) * Fraction(number)
        case _:
            pass
    return min(max(score, setting.worst), setting.best)


def adjustments(card: Json, row: Row, score: Fraction, setting: Setting) -> Iterator[Fired]:
    """The adjustments that fire, in the order of the card."""
    for given in card.get("adjustments", []):
        if holds(given["when"], row, setting.zone):
            [action] = (name for name in ACTIONS if name in given)
            after = adjusted(score, action, given[action], setting)
            number = given[action]
            text = number if isinstance(number, str) else shown(Fraction(number))
            yield Fired(given["id"], f"{action} {text}", after - score, number if action == "force_tier" else None)
            score = after


# --- Overrides -------------------------------------------------------------------------------------------


class Override(NamedTuple):
    """What somebody has decided for an account."""

    points: Fraction | None
    tier: str | None
    note: str


def in_force(rows: list[Row], options: Json, zone: str | None) -> list[int]:
    """The overrides that have a note and have not expired."""
    without_note = [at for at, row in enumerate(rows) if not (row["note"] or "").strip()]
    if without_note:
        raise refused("override_without_note", without_note, "note")
    ends = [row.get("expires_on") for row in rows]
    if all(end is None for end in ends):
        return list(range(len(rows)))
    if "as_of" not in options:
        raise refused("as_of_required", [], "expires_on")
    as_of = datetime.date.fromisoformat(options["as_of"])
    over = [at for at, end in enumerate(ends) if end is not None and day_of(end, "expires_on", zone) < as_of]
    if over and options.get("expired_overrides") == "raise":
        raise refused("override_expired", over, "expires_on")
    return [at for at in range(len(rows)) if at not in over]


def overrides(card: Json, rows: list[Row], options: Json, setting: Setting) -> dict[str | None, Override]:
    """The overrides in force, by account."""
    tiers = {tier["id"] for tier in card.get("tiers", [])}
    out: dict[str | None, Override] = {}
    wrong: list[int] = []
    twice: list[int] = []
    for at in in_force(rows, options, setting.zone):
        number, tier = rows[at].get("points"), rows[at].get("tier")
        off = isinstance(number, float) or (number is not None and not setting.worst <= number <= setting.best)
        if (number is None) == (tier is None) or off or (tier is not None and tier not in tiers):
            wrong.append(at)
        account = shown(rows[at][card["account"]])
        if account in out:
            twice.append(at)
        out[account] = Override(None if number is None or off else Fraction(number), tier, rows[at]["note"])
    if wrong:
        raise refused("invalid_override", wrong, "")
    if twice:
        raise refused("duplicate_account", twice, card["account"])
    return out


# --- Tiers that hold -------------------------------------------------------------------------------------


class State(NamedTuple):
    """What is kept of an account from one reading to the next."""

    card: str | None = None
    tier: str | None = None
    candidate: str | None = None
    streak: int | None = None
    score: Fraction | None = None
    as_of: str | None = None


def state_of(row: Row, tiers: list[str]) -> State | None:
    """The state of a row of `previous`: None when it cannot be one."""
    streak = row["state_streak"]
    if isinstance(streak, float) or (streak is not None and (streak < 0 or Fraction(streak).denominator != 1)):
        return None
    for name in ("state_tier", "state_candidate"):
        if row[name] is not None and row[name] not in tiers:
            return None
    score = None if row["state_score"] is None else Fraction(row["state_score"])
    as_of = None if row["state_as_of"] is None else day_of(row["state_as_of"], "state_as_of", None).isoformat()
    whole = None if streak is None else int(streak)
    return State(row["state_card"], row["state_tier"], row["state_candidate"], whole, score, as_of)


def states(card: Json, own_hash: str, rows: list[Row], options: Json) -> dict[str | None, State]:
    """The previous states by account."""
    tiers = [tier["id"] for tier in card.get("tiers", [])]
    known = [own_hash, *options.get("accept_state_of", [])]
    rows = [{**row, "state_card": own_hash if row["state_card"] == "$hash" else row["state_card"]} for row in rows]
    found = [state_of(row, tiers) for row in rows]

    def check(code: str, column: str, wrong: Callable[[State | None], bool]) -> None:
        if bad := [at for at, state in enumerate(found) if wrong(state)]:
            raise refused(code, bad, column)

    check("state_of_other_card", "state_card", lambda s: s is not None and s.card is not None and s.card not in known)
    check("invalid_state", "", lambda s: s is None)
    last = options.get("as_of")
    check("state_after_as_of", "state_as_of", lambda s: bool(s and s.as_of and last and s.as_of > last))
    return {shown(row[card["account"]]): state for row, state in zip(rows, found, strict=True) if state is not None}


def plain_band(tiers: list[Json], score: Fraction) -> str | None:
    """The last tier that the score reaches."""
    reached = [tier["id"] for tier in tiers if score >= tier["from"]]
    return reached[-1] if reached else None


def held(card: Json, score: Fraction, state: State | None, as_of: str | None) -> tuple[str | None, str | None, int]:
    """Tier, candidate and streak of a score after the previous state."""
    tiers: list[Json] = card.get("tiers", [])
    if state is None or state.tier is None:
        return plain_band(tiers, score), None, 0
    ids = [tier["id"] for tier in tiers]
    edges = [Fraction(tier["from"]) for tier in tiers[1:]]
    rules: Json = card.get("hysteresis", {})
    up, down = rules.get("up", {}), rules.get("down", {})
    now = ids.index(state.tier)
    higher = sum(score >= edge + Fraction(up.get("margin", 0)) for edge in edges)
    lower = sum(score >= edge - Fraction(down.get("margin", 0)) for edge in edges)
    if higher > now:
        target, dwell, nearer = higher, up.get("dwell", 1), min
    elif lower < now:
        target, dwell, nearer = lower, down.get("dwell", 1), max
    else:
        return state.tier, None, 0
    same_day = as_of is not None and state.as_of == as_of
    if same_day and state.candidate is None and dwell > 1 and score == state.score:
        return state.tier, None, 0
    before = None if state.candidate is None else ids.index(state.candidate)
    streak = 1
    if before is not None and (before > now) == (target > now) and before != now:
        target = nearer(before, target)
        streak = max(state.streak or 0, 1) if same_day else (state.streak or 0) + 1
    return (ids[target], None, 0) if streak >= dwell else (state.tier, ids[target], streak)
