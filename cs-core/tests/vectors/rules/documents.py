"""Cards as documents: their texts, their defaults and their hash."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from rules.data import Json, shown


def exact_json(text: str) -> Any:
    """JSON whose numbers are what is written, not the nearest floats."""
    return json.loads(text, parse_float=Fraction)


FLOW = re.compile(
    r"""
    \s*(?:\#[^\n]*)?                                      # a comment
    ( "(?:[^"\\]|\\.)*" | '[^']*' | [\[\]{},] | :(?=\s)   # quoted text, a mark
    | [^\s\[\]{},:](?:[^\[\]{},:\n\#]|:(?!\s))* )        # plain text
    """,
    re.VERBOSE,
)


def plain(word: str) -> Any:
    """A YAML 1.2 scalar: only `true` and `false` are booleans."""
    if word[0] in "\"'":
        return json.loads(word) if word[0] == '"' else word[1:-1]
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    if re.fullmatch(r"-?\d+\.\d+", word):
        return Fraction(word)
    return {"true": True, "false": False, "null": None, "~": None}.get(word, word)


def flow(tokens: list[str]) -> Any:
    """Reads one node of YAML's flow style, taking its tokens off the front."""
    token = tokens.pop(0)
    if token == "[":
        out: list[Any] = []
        while tokens[0] != "]":
            out.append(flow(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return out
    if token == "{":
        fields: Json = {}
        while tokens[0] != "}":
            key = tokens.pop(0).strip()
            tokens.pop(0)  # the colon
            fields[key.strip("\"'")] = flow(tokens)
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return fields
    return plain(token.strip())


def simple_yaml(text: str) -> Json | None:
    """YAML whose top is in block style and all else in flow style; None when it is not of that kind."""
    fields = {}
    for entry in re.split(r"\n(?=\S)", text.strip()):
        key, _, rest = entry.partition(":")
        if not rest.strip() or rest.lstrip()[0] in "-&*|>" or re.match(r"\n\s+\S+:\s", rest):
            return None
        fields[key] = flow(FLOW.findall(rest))
    return fields


def texts_of_dates(value: Any) -> Any:
    """The same tree with dates as texts."""
    match value:
        case dict():
            return {name: texts_of_dates(inner) for name, inner in value.items()}
        case list():
            return [texts_of_dates(inner) for inner in value]
        case datetime.date():
            return value.isoformat()
        case _:
            return value


PRESETS = Path(__file__).parents[3] / "src" / "health" / "presets"


def preset_of(case: Json) -> Json:
    """A card that comes with the library, with the knots that the case gives."""
    name = case["preset"] if "preset" in case else case["template"]
    card: Json = exact_json((PRESETS / f"{name}.json").read_text("utf-8"))
    for dimension in card["dimensions"]:
        for item in dimension["items"]:
            if item["id"] in case.get("fitted", {}):
                item["curve"]["quantile"]["fitted"] = case["fitted"][item["id"]]
    return card


def card_of(case: Json) -> Json | None:
    """The card of a case; None when this program cannot read its text."""
    if "card" in case:
        return case["card"]
    if "preset" in case or "template" in case:
        return preset_of(case)
    text = case["card_text"]["text"]
    match case["card_text"]["format"]:
        case "json":
            return exact_json(text)
        case "toml":
            return texts_of_dates(tomllib.loads(text, parse_float=Fraction))
        case _:
            return simple_yaml(text)


def filled_curve(given: Json, scale: list[Any]) -> Json:
    """A curve with its defaults."""
    defaults: Json = {
        "linear": {"outside": "clamp"},
        "flag": {"set": scale[1], "unset": scale[0]},
        "quantile": {"better": "higher"},
        "decay": {"toward": "neutral"},
    }
    return {kind: {**defaults[kind], **curve} if kind in defaults else curve for kind, curve in given.items()}


def filled(item: Json, scale: list[Any]) -> Json:
    """An item with its defaults."""
    defaults = {"labels": {}, "source": {"column": item["id"]}, "weight": 1, "missing": "exclude"}
    return {**defaults, **item, "curve": filled_curve(item["curve"], scale)}


def filled_owner(given: Json, scale: list[Any]) -> Json:
    """The aggregate and the rounding of a card or dimension, where given, with their defaults."""
    out: Json = {}
    aggregate = given.get("aggregate")
    if aggregate == "sum" or isinstance(aggregate, dict):
        fields: Json = {} if aggregate == "sum" else aggregate["sum"]
        out["aggregate"] = {"sum": {"start": 0, "min": scale[0], "max": scale[1], **fields}}
    if given.get("rounding") is not None:
        out["rounding"] = {"decimals": 0, "mode": "half_even", **given["rounding"]}
    return out


def complete(card: Json) -> Json:
    """The card with all defaults; a field that is null is as if it were not there."""
    card = {name: value for name, value in card.items() if value is not None}
    scale = card.get("scale", [0, 100])

    def dimension(given: Json) -> Json:
        out: Json = {"labels": {}, "weight": 1, "aggregate": "mean", **given, **filled_owner(given, scale)}
        out["dimensions"] = [dimension(inner) for inner in given.get("dimensions", [])]
        out["items"] = [filled(item, scale) for item in given.get("items", [])]
        return out

    def variant(given: Json) -> Json:
        curves = {item: filled_curve(curve, scale) for item, curve in given.get("curves", {}).items()}
        return {**given, "curves": curves}

    out: Json = {"labels": {}, "scale": scale, "min_coverage": Fraction(1, 2), **card, **filled_owner(card, scale)}
    out["dimensions"] = [dimension(given) for given in card["dimensions"]]
    out["tiers"] = [{"labels": {}, **tier} for tier in card.get("tiers", [])]
    if "hysteresis" in card:
        sides = {side: card["hysteresis"].get(side, {}) for side in ("up", "down")}
        out["hysteresis"] = {side: {"margin": 0, "dwell": 1, **given} for side, given in sides.items()}
    if "variants" in card:
        out["variants"] = [variant(given) for given in card["variants"]]
    absent = {"aggregate": "mean", "variants": [], "adjustments": []}  # as if they were not there
    return {name: value for name, value in out.items() if name not in absent or value != absent[name]}


def canonical(value: Any) -> str:
    """Canonical JSON (RFC 8785), for the numbers and names that vectors use."""
    match value:
        case dict():
            fields = sorted(value.items(), key=lambda field: field[0].encode("utf-16-be"))
            return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in fields) + "}"
        case list():
            return "[" + ",".join(map(canonical, value)) + "]"
        case Fraction():
            return shown(value) or ""
        case _:
            return json.dumps(value, ensure_ascii=False)


def hash_of(card: Json) -> str:
    """The content hash: SHA-256 of the canonical JSON with defaults filled."""
    return hashlib.sha256(canonical(complete(card)).encode()).hexdigest()
