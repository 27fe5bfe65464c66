"""The code lists."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from qlower import Property, Transaction, codes

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "qlower-core/schema/loader-2.0.schema.json").read_bytes()
)
LISTS = [value for value in vars(codes).values() if isinstance(value, type)]


def test_every_list_of_the_schema_is_an_enum() -> None:
    lists = {name.removeprefix("code-") for name in SCHEMA["$defs"] if name.startswith("code-")}
    assert len(lists) == 14
    for name in lists:
        enum = codes.list(name)
        assert enum is not None
        told = [code for code in SCHEMA["$defs"][f"code-{name}"]["enum"] if isinstance(code, str)]
        assert [member.value for member in enum] == told
        shown = SCHEMA["$defs"][f"code-{name}"]["description"].split("\n")
        ours = [
            f"{member.value or '(empty)'}: {member.label()}{' [retired]' if member.is_retired else ''}"
            for member in enum
        ]
        assert ours == shown
        assert all(member.label("fr") for member in enum)


def test_every_wire_key_of_a_code_names_its_list() -> None:
    found = 0
    for schema in [SCHEMA, *SCHEMA["$defs"].values()]:
        for key, field in schema.get("properties", {}).items():
            reference = json.dumps(field)
            if "#/$defs/code-" not in reference:
                continue
            name = reference.split("#/$defs/code-")[1].split('"')[0]
            assert codes.list(key) is codes.list(name) is not None
            found += 1
    assert found >= 15


def test_a_member_is_its_text() -> None:
    regime = codes.PropertyTaxRegime.LMNP_REAL
    assert (regime, str(regime), f"{regime}", f"{regime:>3}") == ("5", "5", "5", "  5")
    assert json.dumps([regime]) == '["5"]'
    assert codes.PropertyTaxRegime("5") is codes.PropertyTaxRegime(5) is regime
    assert pickle.loads(pickle.dumps(regime)) is regime
    assert codes.DeclarantTaxRegime("9").is_retired
    assert not regime.is_retired
    for unknown in ["05", 34, True, None, "5.0"]:
        with pytest.raises(ValueError, match="is not a valid PropertyTaxRegime"):
            codes.PropertyTaxRegime(unknown)


def test_labels_are_found_by_list_or_key_and_by_text_or_number() -> None:
    assert codes.label("taxRegime", 5, "fr") == "BIC Réel / location meublée LMNP"
    assert (
        codes.label("taxRegime", codes.PropertyTaxRegime.HISTORIC_MONUMENT)
        == "Historic monument scheme"
    )
    assert codes.label("furnished", "O") == codes.label("yesNo", "O") == "Yes"
    assert codes.label("taxRegime", 34) is None
    assert codes.label("nothing", 5) is None
    assert codes.list("debActDate") is None
    with pytest.raises(ValueError, match="'de'"):
        codes.label("taxRegime", 5, "de")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'de'"):
        codes.YesNo.YES.label("de")  # type: ignore[arg-type]


@pytest.mark.parametrize("regime", [5, "5", codes.PropertyTaxRegime.LMNP_REAL])
def test_a_code_is_written_in_the_type_of_the_wire(regime: str | int) -> None:
    item = Property.from_dict(
        {"id": "P1", "tax_regime": regime, "furnished": True, "vat_option": 20}
    )
    assert item.to_dict() == {"id": "P1", "furnished": "O", "tvaOption": "20", "taxRegime": 5}
    money = Transaction.from_dict({"currency": codes.Currency.GBP})
    assert money.to_dict() == {"ccy": "GBP"}
