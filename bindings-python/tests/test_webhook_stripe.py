"""Ten thousand headers, judged by Stripe's own library too: the scheme is the same, and each difference is known."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe
from qlower import SignatureError, webhook

CASES = 10_000
NOW = 1_786_000_000
WORDS = [
    "order.created",
    "Zoé",
    "日本",
    "\u2028",
    '"',
    "\\u00e9",
    "\x00",
    "{}",
    "  ",
    "\r\n",
    "315.0",
]


class Case:
    """A genuine webhook, of which a mutation makes something else."""

    def __init__(self, random: random.Random) -> None:
        self.random = random
        self.body = "".join(random.choice(WORDS) for _ in range(random.randrange(12))).encode()
        self.secret = "whsec_" + "".join(random.choices("abcXYZ019é _-", k=random.randrange(1, 40)))
        self.skew = random.randint(0, 300)
        self.at = NOW - self.skew
        self.header = self.sign(self.at)

    def sign(self, at: int, secret: str | None = None) -> str:
        return webhook.sign(self.body, self.secret if secret is None else secret, now=at)

    @property
    def code(self) -> str:
        return self.header.partition("v1=")[2]

    def of_text(self, time: str) -> str:
        """A header with a time as it is written here, signed as it is written here."""
        import hashlib
        import hmac

        message = time.encode() + b"." + self.body
        return f"t={time},v1={hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()}"


Mutation = Callable[[Case], None]
MUTATIONS: dict[str, tuple[Mutation, bool, bool]] = {}
"""What is changed, and whether it is accepted here and by Stripe's library."""


def accepted(ours: bool, theirs: bool) -> Callable[[Mutation], Mutation]:
    def note(mutation: Mutation) -> Mutation:
        MUTATIONS[mutation.__name__] = (mutation, ours, theirs)
        return mutation

    return note


# What both accept.


@accepted(True, True)
def signed_here(case: Case) -> None:
    pass


@accepted(True, True)
def signed_by_stripe(case: Case) -> None:
    made = stripe.WebhookSignature.generate_signature_header
    header: str = made(case.body.decode(), case.secret, timestamp=case.at)
    assert header == case.header
    case.header = header


@accepted(True, True)
def other_order(case: Case) -> None:
    case.header = ",".join(reversed(case.header.split(",")))


@accepted(True, True)
def several_signatures(case: Case) -> None:
    other = case.sign(case.at, case.secret + "2").partition(",")[2]
    time, mine = case.header.split(",")
    codes = [mine, other] if case.random.random() < 0.5 else [other, mine]
    case.header = ",".join([time, *codes])


@accepted(True, True)
def unknown_parts(case: Case) -> None:
    case.header = f"v0=abc,{case.header},v2=,x=1,nothing,"


# What both refuse.


@accepted(False, False)
def other_body(case: Case) -> None:
    case.body += b" "


@accepted(False, False)
def other_secret(case: Case) -> None:
    case.secret += "x"


@accepted(False, False)
def other_time(case: Case) -> None:
    case.header = case.header.replace(f"t={case.at}", f"t={case.at - 1}")


@accepted(False, False)
def too_old(case: Case) -> None:
    case.header = case.sign(NOW - 301 - case.random.randrange(10**6))


@accepted(False, False)
def no_header(case: Case) -> None:
    case.header = ""


@accepted(False, False)
def no_time(case: Case) -> None:
    case.header = f"v1={case.code}"


@accepted(False, False)
def no_number(case: Case) -> None:
    time = case.random.choice(["", "soon", "0x10", "1.5e9", str(case.at) + ".0", "NaN", "1e9"])
    case.header = f"t={time},v1={case.code}"


@accepted(False, False)
def no_signature(case: Case) -> None:
    scheme = case.random.choice(["v0", "V1", "v2", "v11", ""])
    case.header = f"t={case.at},{scheme}={case.code}"


@accepted(False, False)
def cut_signature(case: Case) -> None:
    case.header = case.header[: -case.random.randrange(1, 64)]


@accepted(False, False)
def longer_signature(case: Case) -> None:
    case.header += case.random.choice(["00", "0", "ff" * 32])


@accepted(False, False)
def an_empty_secret(case: Case) -> None:
    case.secret = ""
    case.header = case.of_text(str(case.at))


@accepted(False, False)
def a_digit_changed(case: Case) -> None:
    """One character of the header, at any place."""
    at = case.random.randrange(len(case.header))
    others = [letter for letter in "123456789abcdefx" if letter != case.header[at]]
    case.header = case.header[:at] + case.random.choice(others) + case.header[at + 1 :]


@accepted(False, False)
def a_character_less(case: Case) -> None:
    at = case.random.randrange(len(case.header))
    case.header = case.header[:at] + case.header[at + 1 :]


# What is accepted here alone.


@accepted(True, False)
def spaces_around_parts(case: Case) -> None:
    time, code = case.header.split(",")
    case.header = case.random.choice(
        [f" {time}, {code}", f"{time} ,{code} ", f"{time},\tv1 = {case.code}"]
    )


@accepted(True, False)
def upper_case(case: Case) -> None:
    case.header = f"t={case.at},v1={case.code.upper()}"


@accepted(True, False)
def zeros_before_the_time_as_signed(case: Case) -> None:
    """What was signed is the time as it is written."""
    case.header = case.of_text(f"00{case.at}")


@accepted(True, False)
def no_utf8(case: Case) -> None:
    """Bytes are bytes here; the other library decodes them first, and fails."""
    case.body += b"\xff"
    case.header = case.sign(case.at)


@accepted(True, False)
def a_blank_secret(case: Case) -> None:
    case.secret = " "
    case.header = case.sign(case.at)


@accepted(True, False)
def a_name_without_a_value(case: Case) -> None:
    case.header += case.random.choice([",v1", ",t"])
    if case.header.endswith(",t"):
        # The first counts there, which then is this one.
        case.header = "t," + case.header[:-2]


# What is accepted there alone.


@accepted(False, True)
def ahead_of_the_clock(case: Case) -> None:
    case.header = case.sign(NOW + 301 + case.random.randrange(10**6))


@accepted(False, True)
def a_second_time(case: Case) -> None:
    second = case.random.choice([case.at, 1, "x"])
    case.header += f",t={second}"


@accepted(False, True)
def something_else_beside_it(case: Case) -> None:
    """A `v1` that is no hexadecimal."""
    case.header += case.random.choice([",v1=", ",v1=xyz", ",v1=abc"])


@accepted(False, True)
def an_equals_sign_after_it(case: Case) -> None:
    case.header += "="


@accepted(False, True)
def a_sign_before_the_time(case: Case) -> None:
    case.header = case.header.replace("t=", "t=+")


@accepted(False, True)
def an_underscore_in_the_time(case: Case) -> None:
    time = str(case.at)
    case.header = f"t={time[:4]}_{time[4:]},v1={case.code}"


@accepted(False, True)
def digits_of_other_scripts(case: Case) -> None:
    time = "".join(chr(0x0660 + int(digit)) for digit in str(case.at))
    case.header = f"t={time},v1={case.code}"


@accepted(False, True)
def zeros_before_the_time(case: Case) -> None:
    case.header = case.header.replace("t=", "t=0")


@accepted(False, True)
def a_time_beyond_64_bits(case: Case) -> None:
    case.header = case.of_text(str(2**63 + case.random.randrange(10**9)))


def here(case: Case) -> bool:
    try:
        webhook.verify(case.body, case.header, case.secret, now=NOW)
    except SignatureError:
        return False
    return True


def there(case: Case) -> bool:
    verify: Any = stripe.WebhookSignature.verify_header
    try:
        return bool(verify(case.body, case.header, case.secret, tolerance=300))
    except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
        return False


def cases() -> Iterator[tuple[str, Case]]:
    """The same every time."""
    source = random.Random(20_261_122)
    names = list(MUTATIONS)
    for number in range(CASES):
        name = names[number % len(names)]
        case = Case(source)
        MUTATIONS[name][0](case)
        yield name, case


def test_both_agree_but_where_they_are_known_to_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stripe._webhook.time.time", lambda: float(NOW))
    found: Counter[tuple[str, bool, bool]] = Counter()
    for name, case in cases():
        found[name, here(case), there(case)] += 1
    expected = {(name, ours, theirs) for name, (_, ours, theirs) in MUTATIONS.items()}
    assert set(found) == expected
    assert sum(found.values()) == CASES
    assert min(found.values()) >= CASES // len(MUTATIONS)
    same = sum(count for (_, ours, theirs), count in found.items() if ours == theirs)
    with capsys.disabled():
        print(f"\n{CASES} headers: {same} judged alike; differing as documented:")
        for (name, ours, _), count in found.items():
            if (name, ours, ours) not in found:
                print(f"  {count} {name}: {'here' if ours else 'there'} alone")


def test_the_edge_of_the_tolerance_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stripe._webhook.time.time", lambda: float(NOW))
    case = Case(random.Random(1))
    for age in range(290, 311):
        case.header = case.sign(NOW - age)
        assert here(case) is there(case) is (age <= 300), age
