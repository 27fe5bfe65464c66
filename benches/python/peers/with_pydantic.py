"""The payload with pydantic: models as equal to the SDK's as they can be said in it, and the three jobs.

with_pydantic.py JOB: see job.py
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import job
from pydantic import BaseModel, ConfigDict, Field

Required = Annotated[str, Field(min_length=1)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Siren = Annotated[str, Field(pattern=r"^[0-9]{9}$")]
Nic = Annotated[str, Field(pattern=r"^[0-9]{5}$")]
Siret = Annotated[str, Field(pattern=r"^[0-9]{14}$")]
Year = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
Link = Annotated[str, Field(pattern=r"^[a-z]+://\S+$")]
Count = Annotated[int, Field(ge=0)]
YesNo = Literal["O", "N"]
LegalStatus = Literal["1000", "2110", "5426", "5710", "6540", "6599"]
# The codes in use: a range is as near as a quick check of whole numbers comes.
TaxRegime = Annotated[int, Field(ge=1, le=95)]


def keys(**names: str) -> ConfigDict:
    return ConfigDict(alias_generator=lambda name: names.get(name, name))


class Associate(BaseModel):
    model_config = keys(
        first_name="firstName",
        last_name="lastName",
        town="townName",
        country="ctry",
    )
    id: Required
    civility: Literal["M", "MME", "SOC"]
    email: Email
    first_name: str | None = None
    last_name: str | None = None
    address: str | None = None
    town: str | None = None
    country: str | None = None
    manager: YesNo | None = None


class Document(BaseModel):
    model_config = keys(
        property_id="propertyId",
        declarant_id="declarantId",
        file_name="fileName",
        file_type="fileType",
        file_link="fileLink",
    )
    id: Required
    file_name: Required
    year: Year
    file_link: Link
    property_id: str | None = None
    declarant_id: str | None = None
    file_type: Literal["26", "27", "42", "53", "55", "56", "58", "59", "60", "61"] | None = None


class Property(BaseModel):
    model_config = keys(
        declarant_id="declarantId",
        kind="type",
        street_number="bldgNb",
        street="streetName",
        street2="streetName2",
        town="townName",
        post_code="postCode",
        country="ctry",
        last_name="lastName",
        first_name="firstName",
        phone="telNumber",
        construction_date="constructionDate",
        acquisition_date="acquisitionDate",
        rooms="nbrRooms",
        terrace_area="terrArea",
        garden_area="gardArea",
        floor="nbrFloors",
        parking_places="nbrPark",
        siret="siretId",
        vat_option="tvaOption",
        net_revaluation="netReevaluation",
        activity_start="debActDate",
        tax_regime="taxRegime",
        works_completed="workCompDate",
        cost_price="costPrice",
        completion_status="completionStatus",
        permit_date="startConstrDate",
        dismembered="dismemberedProperty",
        agency_fee="agencyFee",
        notary_fee="notaryFee",
    )
    id: Required
    description: Required
    street: Required
    town: Required
    post_code: Required
    country: Required
    last_name: Required
    first_name: Required
    email: Email
    acquisition_date: date
    tax_regime: TaxRegime
    declarant_id: str | None = None
    remove: Literal["", "R"] | None = None
    kind: Literal["A", "H", "CL", "P"] | None = None
    furnished: YesNo | None = None
    managed: Literal["D", "A", "STRP", "M"] | None = None
    street_number: str | None = None
    street2: str | None = None
    phone: str | None = None
    construction_date: date | None = None
    rooms: Count | None = None
    area: Decimal | None = None
    terrace_area: Decimal | None = None
    garden_area: Decimal | None = None
    floor: int | None = None
    parking_places: Count | None = None
    siret: Siret | None = None
    vat_option: Literal["N", "10", "20"] | None = None
    net_revaluation: Decimal | None = None
    activity_start: date | None = None
    works_completed: date | None = None
    cost_price: Decimal | None = None
    completion_status: Literal["NEW", "VEFA", "OLD"] | None = None
    permit_date: date | None = None
    dismembered: YesNo | None = None
    agency_fee: Decimal | None = None
    notary_fee: Decimal | None = None
    documents: list[Document] = []


class Declarant(BaseModel):
    model_config = keys(
        siren="sirenId",
        nic="nicId",
        legal_status="legalStatusId",
        tax_aggregation="taxRegimeAggregation",
        tax_category="taxCategoryId",
        tax_regime="taxRegimeId",
        name="corporateName",
        activity_start="debActDate",
        town="townName",
        post_code="postCode",
        oga_siret="ogaSiretId",
        oga_name="ogaName",
        oga_id="ogaId",
        oga_number="ogaNumber",
    )
    id: Required
    legal_status: LegalStatus
    name: Required
    address: Required
    town: Required
    post_code: Required
    siren: Siren | None = None
    nic: Nic | None = None
    tax_aggregation: Literal["IR", "IS"] | None = None
    tax_category: Literal["1", "2", "3", "4", "5"] | None = None
    tax_regime: Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"] | None = None
    activity_start: date | None = None
    oga_siret: Siret | None = None
    oga_name: str | None = None
    oga_id: str | None = None
    oga_number: str | None = None
    properties: list[Property] = []
    associates: list[Associate] = []


class Transaction(BaseModel):
    model_config = keys(
        date="reqdExctnDt",
        property_id="id-prty",
        tenant_id="id-tenant",
        amount="amt",
        currency="ccy",
        category="purpose",
        reference="ref",
    )
    id: Required
    date: date
    property_id: Required
    amount: Decimal
    reference: Required
    tenant_id: str | None = None
    currency: Literal["EUR", "USD", "GBP"] | None = None
    category: str | None = None


class Payload(BaseModel):
    model_config = keys(
        partner="inigPtynm",
        api_key="apiKey",
        created_at="creDtTm",
        version="versionId",
    )
    partner: Required
    api_key: Required
    created_at: str
    version: Literal["2.0"]
    declarants: list[Declarant] = []
    properties: list[Property] = []
    transactions: list[Transaction] = []
    documents: list[Document] = []


def validate(path: Path) -> object:
    return Payload.model_validate_json(path.read_bytes())


def build(transactions: job.Rows, properties: job.Rows) -> bytes:
    header = {"inigPtynm": job.PARTNER, "apiKey": job.API_KEY, "creDtTm": job.CREATED_AT}
    payload = Payload.model_validate(
        header | {"versionId": "2.0", "properties": properties, "transactions": transactions}
    )
    return payload.model_dump_json(by_alias=True, exclude_none=True).encode()


def build_from_table(table: job.Table, properties: job.Rows) -> bytes:
    return build(table.to_pylist(), properties)


if __name__ == "__main__":
    job.main(validate, build, build_from_table)
