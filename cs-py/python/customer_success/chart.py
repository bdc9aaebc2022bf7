"""Charts of results as Vega-Lite documents, drawn by altair where it is installed.

Each function returns a chart of altair when altair is installed, else a `VegaLite`, which notebooks show
as well. Both have the document as `.spec` and `.to_dict()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from customer_success import _columns, _core, _frames

if TYPE_CHECKING:
    from customer_success._scorecard import Scorecard

__all__ = [
    "VegaLite",
    "bridge_waterfall",
    "change_waterfall",
    "cohort_heat_map",
    "contributions",
    "flow_bars",
    "flow_matrix",
    "level_drivers",
    "mrr_movements",
    "mrr_stack",
    "projection",
    "renewal_calendar",
    "retention_lines",
    "score_distribution",
    "tier_shares",
]


class VegaLite:
    """A Vega-Lite document that Jupyter shows.

    Args:
        spec: The document.
    """

    __slots__ = ("spec",)

    spec: dict[str, Any]

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec

    def to_dict(self) -> dict[str, Any]:
        """The document."""
        return self.spec

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"application/vnd.vegalite.v6+json": self.spec, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<VegaLite {self.spec.get('title', 'chart')!s}>"


def score_distribution(card: Scorecard, scores: Any, language: str | None = None) -> Any:
    """Draws how many accounts have which score, by tier.

    Args:
        card: The card that scored.
        scores: The frame that `Scorecard.score` returned.
        language: Language of the labels, such as `"ja"`; where the card has none, its ids.

    Returns:
        An `altair.Chart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the scores.
    """
    return _chart("score_distribution", card, scores, language)


def tier_shares(card: Scorecard, scores: Any, language: str | None = None) -> Any:
    """Draws the share of accounts in each tier.

    Args:
        card: The card that scored.
        scores: The frame that `Scorecard.score` returned.
        language: As for `score_distribution`.

    Returns:
        An `altair.Chart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the scores.
    """
    return _chart("tier_shares", card, scores, language)


def contributions(card: Scorecard, explanation: Any, language: str | None = None) -> Any:
    """Draws what each item contributes to the score of one account.

    Args:
        card: The card that scored.
        explanation: The rows of one account of the frame that `Scorecard.explain` returned.
        language: As for `score_distribution`.

    Returns:
        An `altair.Chart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the explanation.
    """
    return _chart("contributions", card, explanation, language)


def change_waterfall(card: Scorecard, comparison: Any, language: str | None = None) -> Any:
    """Draws why the score of one account moved: a bar per cause, the largest first, then the whole change.

    Zero is the score before. Lines without a contribution, such as a score that ceased to be, are left out.

    Args:
        card: The card that scored.
        comparison: The rows of one account of a comparison, with the columns `cause`, `item`,
            `contribution`, `before` and `after`.
        language: As for `score_distribution`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the comparison, or a contribution is infinite.

    Examples:
        >>> import customer_success as cs
        >>> item = {"id": "seats", "labels": {"en": "Seats in use"}, "curve": {"manual": {}}}
        >>> card = cs.Scorecard(
        ...     {"schema_version": 1, "scorecard": "demo", "dimensions": [{"id": "use", "items": [item]}]}
        ... )
        >>> line = {"cause": "item_value", "item": "seats", "before": "9", "after": "4"}
        >>> lines = [line | {"contribution": -15.0}]
        >>> bar, total = cs.chart.change_waterfall(card, lines).spec["data"]["values"]
        >>> bar["line"], bar["end"], total["end"]
        ('Seats in use', -15.0, -15.0)
    """
    return _chart("change_waterfall", card, comparison, language)


def flow_matrix(card: Scorecard, matrix: Any, language: str | None = None) -> Any:
    """Draws who moved from which tier to which: a heat map with counts.

    Tiers run from worst to best: who stayed is on the diagonal, promotions are right of it and demotions
    left. The stronger the colour, the larger the share of the row.

    Args:
        card: The card that scored.
        matrix: The matrix of a flow, with the columns `from`, `to` and `accounts`. Beside the tiers, `from`
            may be `none` (without a tier) or `entered`, and `to` may be `none` or `left`.
        language: As for `score_distribution`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the matrix, or a count is infinite.

    Examples:
        >>> import customer_success as cs
        >>> card = cs.Scorecard(
        ...     {
        ...         "schema_version": 1,
        ...         "scorecard": "demo",
        ...         "dimensions": [{"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}}]}],
        ...         "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}],
        ...     }
        ... )
        >>> matrix = {"from": ["Lv1", "Lv1"], "to": ["Lv1", "Lv2"], "accounts": [6, 2]}
        >>> cell = cs.chart.flow_matrix(card, matrix).spec["data"]["values"][1]
        >>> cell["move"], cell["share"]
        ('promoted', 0.25)
    """
    return _chart("flow_matrix", card, matrix, language)


def flow_bars(card: Scorecard, matrix: Any, language: str | None = None) -> Any:
    """Draws who moved from which tier to which: the tiers before and after, with a ribbon for each move.

    The best tier is on top. A ribbon has the colour of where it comes from, and is as thick as it has
    accounts.

    Args:
        card: The card that scored.
        matrix: As for `flow_matrix`.
        language: As for `score_distribution`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the matrix, or a count is infinite.
    """
    return _chart("flow_bars", card, matrix, language)


def projection(card: Scorecard, projection: Any, language: str | None = None) -> Any:
    """Draws how many accounts each tier will have: a line per tier, with its interval as a band.

    Args:
        card: The card that scored.
        projection: The projection of a flow, with the columns `period`, `tier`, `accounts`, `low` and `high`.
        language: As for `score_distribution`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the projection, or a number of accounts is infinite.
    """
    return _chart("projection", card, projection, language)


def level_drivers(card: Scorecard, drivers: Any, language: str | None = None) -> Any:
    """Draws which items set each tier apart from the next: a panel per tier, the strongest item first.

    An effect of 1 says that every account of the next tier has more points in the item than every account of
    this one, 0 that they do not differ. Items without an effect size are left out.

    Args:
        card: The card that scored.
        drivers: The drivers of the levels, with the columns `tier`, `next_tier`, `item`, `effect_size` and
            `share_below`.
        language: As for `score_distribution`.

    Returns:
        An `altair.VConcatChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the drivers, or an effect size is infinite.
    """
    return _chart("level_drivers", card, drivers, language)


def bridge_waterfall(bridge: Any, language: str | None = None) -> Any:
    """Draws where the MRR went: bars from the opening through the movements to the closing.

    Args:
        bridge: What `Revenue.bridge` returned, or some rows of it: of one currency and, where it is broken down, of one
            key. The movements of several periods are summed.
        language: `"en"` (the default) or `"ja"`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the bridge, or has several currencies (`mixed_currencies`).
    """
    return _revenue("bridge_waterfall", bridge, language)


def mrr_movements(bridge: Any, language: str | None = None) -> Any:
    """Draws what was won and lost in each period: gains stacked above zero, losses below.

    Args:
        bridge: What `Revenue.bridge` returned.
        language: As for `bridge_waterfall`.

    Returns:
        An `altair.Chart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the bridge.
    """
    return _revenue("mrr_movements", bridge, language)


def mrr_stack(mrr: Any, language: str | None = None) -> Any:
    """Draws the MRR of each period, stacked by the column that the table was broken down by.

    Args:
        mrr: What `Revenue.mrr` returned, or a bridge.
        language: As for `bridge_waterfall`.

    Returns:
        An `altair.Chart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks `period` or `mrr`.
    """
    return _revenue("mrr_stack", mrr, language)


def cohort_heat_map(cohorts: Any, language: str | None = None) -> Any:
    """Draws how much of each cohort was there at each age: darker is more.

    Args:
        cohorts: The triangle that `Revenue.cohorts` returned. Cells that are not known yet stay empty.
        language: As for `bridge_waterfall`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the triangle.
    """
    return _revenue("cohort_heat_map", cohorts, language)


def retention_lines(retention: Any, language: str | None = None) -> Any:
    """Draws net and gross revenue retention and logo retention as lines; the dashed one is 100 %.

    Args:
        retention: What `Revenue.retention` returned. What is undefined is a gap.
        language: As for `bridge_waterfall`.

    Returns:
        An `altair.LayerChart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the table.
    """
    return _revenue("retention_lines", retention, language)


def renewal_calendar(calendar: Any, language: str | None = None) -> Any:
    """Draws what comes up for renewal, month by month, by how far it lies ahead.

    Args:
        calendar: What `Revenue.renewal_calendar` returned.
        language: As for `bridge_waterfall`.

    Returns:
        An `altair.Chart`, or a `VegaLite` where altair is not installed.

    Raises:
        Error: The frame lacks a column of the calendar.
    """
    return _revenue("renewal_calendar", calendar, language)


def _chart(name: str, card: Scorecard, data: Any, language: str | None) -> Any:
    frame = _frames.of(data, [])
    # scores may have been joined to anything since; other results are taken as they are
    wanted = card.output_columns if name in ("score_distribution", "tier_shares") else frame.names
    columns, others = _frames.read(frame, wanted)
    columns = [(name, _columns.in_one_chunk(column)) for name, column in columns]
    spec = _core.chart(name, card._card, columns, others, language)  # pyright: ignore[reportPrivateUsage]
    return _drawn(spec)


def _revenue(name: str, data: Any, language: str | None) -> Any:
    frame = _frames.of(data, [])
    columns, others = _frames.read(frame, frame.names)
    columns = [(name, _columns.in_one_chunk(column)) for name, column in columns]
    return _drawn(_core.revenue_chart(name, columns, others, language))


def _drawn(spec: dict[str, Any]) -> Any:
    try:
        import altair
    except ImportError:
        return VegaLite(spec)
    drawn = altair.Chart.from_dict(spec)
    drawn.__dict__["spec"] = spec  # beside altair's own attributes, which are validated
    return drawn
