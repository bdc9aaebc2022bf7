"""Revenue policies: how recurring revenue is counted, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customer_success import _core
from customer_success._core import Policy
from customer_success._documents import read_file

if TYPE_CHECKING:
    import os

    from customer_success._errors import Issues

__all__ = ["RevenuePolicy", "check_policy", "policy_schema"]


class RevenuePolicy:
    """How recurring revenue is counted: a document that was checked, with a content hash.

    No two public systems agree on what MRR, churn or retention is. Each difference is a switch here, and every
    result carries the hash of the policy that made it.

    Args:
        document: The policy as a dict, spelled as in YAML or JSON. What is left out has its default.

    Raises:
        InvalidDocumentError: The document is no policy; `issues` lists everything that is wrong.

    Examples:
        A price of 5,499 a year is 458.25 a month; counted for a month of 30 days, a price of 10 a day is 300:

        >>> import customer_success as cs
        >>> policy = cs.RevenuePolicy(
        ...     {"schema_version": 1, "policy": "thirty_days", "normalise": {"day": "30"}})
        >>> cs.monthly_amount("5499", "year", currency="USD")
        Decimal('458.25')
        >>> cs.monthly_amount("10", "day", currency="USD", policy=policy)
        Decimal('300.00')
    """

    __slots__ = ("_policy",)

    _policy: Policy

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._policy = Policy(document)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RevenuePolicy:
        """Reads a policy from a file in UTF-8, as its suffix says: `.yaml`, `.yml`, `.json`, `.toml`.

        Raises:
            InvalidDocumentError: The document is no policy.
            OSError: The file cannot be read.
            ValueError: The suffix is none of these.
        """
        text, form = read_file(path)
        return {"yaml": cls.from_yaml, "json": cls.from_json, "toml": cls.from_toml}[form](text)

    @classmethod
    def from_yaml(cls, text: str) -> RevenuePolicy:
        """Reads a policy from YAML 1.2 text.

        Raises:
            InvalidDocumentError: As for `RevenuePolicy`, and `document_syntax`, `document_too_large`,
                `document_too_deep`, `document_too_complex`.
        """
        return _of(Policy.from_yaml(text))

    @classmethod
    def from_json(cls, text: str) -> RevenuePolicy:
        """Reads a policy from JSON text.

        Raises:
            InvalidDocumentError: As for `from_yaml`.
        """
        return _of(Policy.from_json(text))

    @classmethod
    def from_toml(cls, text: str) -> RevenuePolicy:
        """Reads a policy from TOML text.

        Raises:
            InvalidDocumentError: As for `from_yaml`.
        """
        return _of(Policy.from_toml(text))

    @classmethod
    def preset(cls, name: str) -> RevenuePolicy:
        """A policy that comes with the package: `default`, or one that counts as a public system does.

        Raises:
            InvalidDocumentError: There is no such preset (`unknown_choice`).

        Examples:
            >>> import customer_success as cs
            >>> cs.RevenuePolicy.preset("default").to_dict()["netting"]
            'period'
        """
        return _of(Policy.preset(name))

    @staticmethod
    def presets() -> dict[str, str]:
        """The names that `preset` takes, and what each reproduces.

        Examples:
            >>> import customer_success as cs
            >>> "default" in cs.RevenuePolicy.presets()
            True
        """
        return Policy.presets()

    @property
    def id(self) -> str:
        """The id of the policy."""
        return self._policy.id

    @property
    def hash(self) -> str:
        """The content hash: 64 hexadecimal digits that change when the meaning of the policy does."""
        return self._policy.hash

    @property
    def warnings(self) -> Issues:
        """What is probably not meant as it is written."""
        return self._policy.warnings

    def to_json(self) -> str:
        """The canonical JSON of the policy with all defaults filled; reading it gives the same hash."""
        return self._policy.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict."""
        return self._policy.to_dict()

    def __repr__(self) -> str:
        return f"<RevenuePolicy {self.id} {self.hash[:12]}>"

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, RevenuePolicy) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Any, ...]:
        return RevenuePolicy.from_json, (self.to_json(),)


def _of(policy: Policy) -> RevenuePolicy:
    made = RevenuePolicy.__new__(RevenuePolicy)
    made._policy = policy  # pyright: ignore[reportPrivateUsage]
    return made


def native(policy: RevenuePolicy | Mapping[str, Any] | str | None) -> Policy:
    """The compiled policy of whatever names one; the core's own when none is given."""
    if policy is None:
        return Policy.standard()
    if isinstance(policy, RevenuePolicy):
        return policy._policy  # pyright: ignore[reportPrivateUsage]
    return Policy.preset(policy) if isinstance(policy, str) else Policy(policy)


def public(policy: Policy) -> RevenuePolicy:
    """The policy as users have it."""
    return _of(policy)


def check_policy(document: Mapping[str, Any] | str | os.PathLike[str]) -> Issues:
    """Finds everything that is wrong with a revenue policy, and what is doubtful; never raises for its content.

    Args:
        document: A dict, or the path of a file (`.yaml`, `.yml`, `.json`, `.toml`).

    Returns:
        All issues, errors and warnings; empty when the policy is fine.

    Examples:
        >>> import customer_success as cs
        >>> [issue.code for issue in cs.check_policy({"schema_version": 1, "policy": "x", "nettting": "day"})]
        ['unknown_field']
    """
    if isinstance(document, Mapping):
        return _core.check_policy(document)
    return _core.check_policy_text(*read_file(document))


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of revenue policies, for editors and validators.

    Examples:
        >>> import customer_success as cs
        >>> "properties" in cs.policy_schema()
        True
    """
    return _core.policy_schema()
