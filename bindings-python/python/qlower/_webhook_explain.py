"""Why a webhook is refused, for whoever writes the receiver."""

from __future__ import annotations

from . import _native
from ._data import Data
from ._webhook_verify import TOLERANCE_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, Literal

    from ._errors import Credential, Reason
    from ._webhook_verify import Body, Header, Secrets


class Cause(Data):
    """One cause for which a webhook is refused. It tells nothing of a secret, of the right signature, or of the body."""

    __slots__ = ("certainty", "code", "message", "message_fr", "secret")

    code: str
    """What kind of cause it is, such as ``body_reserialized``. It is stable."""

    certainty: Literal["certain", "likely"]
    """Whether it was proved, or looks so."""

    secret: int | None
    """Index of the secret that it is about, counted from 0; ``None`` if it is about none in particular."""

    message: str
    """What to know and what to do, in English."""

    message_fr: str
    """The same in French."""

    def __init__(
        self,
        certainty: Literal["certain", "likely"],
        code: str,
        message: str,
        message_fr: str,
        secret: int | None,
    ) -> None:
        self.certainty = certainty
        self.code = code
        self.message = message
        self.message_fr = message_fr
        self.secret = secret


class Explanation:
    """Why a webhook is refused, and what may have led to it: the answer of :func:`qlower.webhook.explain`.

    It is for a log or a terminal of the receiver's own. Do not answer it to the caller: it says how close a forgery comes. There
    is no secret in it, no right signature, and nothing of the body.
    """

    __slots__ = ("_facts", "_texts")

    def __init__(self, facts: dict[str, Any], english: str, french: str) -> None:
        self._facts = facts
        self._texts = {"en": english, "fr": french}

    @property
    def is_genuine(self) -> bool:
        """Whether the webhook is genuine after all."""
        return bool(self._facts["is_genuine"])

    @property
    def credential(self) -> Credential | None:
        """What does not speak for it; ``None`` if the webhook is genuine."""
        credential: Credential | None = self._facts["credential"]
        return credential

    @property
    def reason(self) -> Reason | None:
        """What is wrong with that; ``None`` if the webhook is genuine."""
        reason: Reason | None = self._facts["reason"]
        return reason

    @property
    def skew(self) -> int | None:
        """Of an ``expired`` signature: this machine's time minus the signature's, in seconds."""
        skew: int | None = self._facts["skew"]
        return skew

    @property
    def causes(self) -> list[Cause]:
        """What may have led to it: what is certain first. Empty if the webhook is genuine."""
        return [Cause(**cause) for cause in self._facts["causes"]]

    def to_dict(self) -> dict[str, Any]:
        """The explanation as a plain dict, the same from every language."""
        return {**self._facts, "causes": [dict(cause) for cause in self._facts["causes"]]}

    def text(self, lang: Literal["en", "fr"] = "en") -> str:
        """The explanation as text: a line for the refusal, and one for each cause.

        :raises ValueError: for another language.
        """
        if lang not in self._texts:
            raise ValueError(f'unknown language {lang!r}: use "en" or "fr"')
        return self._texts[lang]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        codes = ", ".join(cause.code for cause in self.causes)
        return (
            f"<Explanation {self.reason or 'genuine'}: {codes}>"
            if codes
            else "<Explanation genuine>"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self._facts == other._facts

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Explanation, (self._facts, self._texts["en"], self._texts["fr"])


def explain(
    body: Body,
    header: Header,
    secrets: Secrets,
    *,
    tolerance: float | timedelta = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Explanation:
    """Tries what usually goes wrong, to find out why a webhook is refused that should be genuine.

    The parameters, and what it raises for those that cannot be used, are those of :func:`qlower.webhook.verify`.

    >>> from qlower import webhook
    >>> body = b'{"event_type": "ping"}'
    >>> header = webhook.sign(body, "whsec_acme", now=1_786_000_000)
    >>> explanation = webhook.explain(body, header, "whsec_acme\\n", now=1_786_000_010)
    >>> [(cause.code, cause.certainty) for cause in explanation.causes]
    [('secret_spaces', 'certain')]
    """
    try:
        verifier = _native.WebhookVerifier(secrets, None, tolerance)
    finally:
        # What is said of an error may show the variables of this call.
        del secrets
    return Explanation(*verifier.explain(header, None, body, now))
