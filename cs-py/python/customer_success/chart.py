"""Charts of results as Vega-Lite documents, drawn by altair where it is installed.

Each function returns an `altair.Chart` when altair is installed, else a `VegaLite`, which notebooks show
as well. Both have the document as `.spec` and `.to_dict()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from customer_success import _columns, _core, _frames

if TYPE_CHECKING:
    from customer_success._scorecard import Scorecard

__all__ = ["VegaLite", "contributions", "score_distribution", "tier_shares"]


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


def _chart(name: str, card: Scorecard, data: Any, language: str | None) -> Any:
    frame = _frames.of(data, [])
    # scores may have been joined to anything since; an explanation is taken as it is
    wanted = frame.names if name == "contributions" else card.output_columns
    columns, others = _frames.read(frame, wanted)
    columns = [(name, _columns.in_one_chunk(column)) for name, column in columns]
    spec = _core.chart(name, card._card, columns, others, language)  # pyright: ignore[reportPrivateUsage]
    try:
        import altair
    except ImportError:
        return VegaLite(spec)
    drawn = altair.Chart.from_dict(spec)
    drawn.__dict__["spec"] = spec  # beside altair's own attributes, which are validated
    return drawn
