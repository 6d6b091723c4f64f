"""What is sent and what is answered, as types: the source of the OpenAPI document.

Requests are validated by these; answers are only described by them.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from midway.api.v1 import fields as f


class AvailabilityQuery(BaseModel):
    """Which times are asked for. Empty parameters count as not given."""

    service: f.Code
    first: f.Day | None = Field(None, alias="from", description="First local day; today when not given")
    days: int = Field(14, ge=1, le=62)
    duration_minutes: int = Field(120, ge=15, le=1440, description="As the quote says")
    postcode: f.Postcode | None = None
    team_size: int = Field(1, ge=1, le=20, description="As the quote says")

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if v != ""} if isinstance(data, dict) else data


class QuoteRequest(BaseModel):
    """A home and what should be done there."""

    service: f.Code
    bedrooms: int = Field(1, ge=0, le=20, strict=True)
    bathrooms: int = Field(1, ge=0, le=20, strict=True)
    square_feet: int | None = Field(None, ge=1, le=100_000, strict=True)
    extras: list[f.Code] = Field(default_factory=list, max_length=50)
    frequency: f.Frequency = "once"
    postcode: f.Postcode
    half_baths: int = Field(0, ge=0, le=20, strict=True)
    people: int | None = Field(None, ge=1, le=10, strict=True, description="Where the service is sold by the hour")
    minutes: int | None = Field(None, ge=15, le=720, multiple_of=15, strict=True, description="The same: how long")
    coupon: str = Field("", max_length=24, pattern=f.TEXT)
    gift_card: str = Field("", max_length=24, pattern=f.TEXT)
    friend: str = Field("", max_length=24, pattern=f.TEXT, description="The code of the customer who brought them")


class CustomerIn(BaseModel):
    """Who books."""

    name: f.Name
    email: f.Email
    phone: f.Phone


class PropertyIn(BaseModel):
    """Where to clean. Access notes are kept encrypted."""

    line1: f.Line
    postcode: f.Postcode
    line2: f.OptionalLine = ""
    city: f.City = ""
    access_notes: f.Notes = ""


class BookingRequestIn(BaseModel):
    """A booking of a quote at a time."""

    quote: UUID
    start: f.Moment = Field(description="RFC 3339 with offset, one of the offered times")
    frequency: f.Frequency = "once"
    customer: CustomerIn
    property: PropertyIn
    notes: f.Notes = ""
    language: str = Field("en", pattern="^(en|es)$")


class ReschedulingIn(BaseModel):
    """When the visit should be instead."""

    start: f.Moment


class CancellationIn(BaseModel):
    """Why the visit is called off."""

    reason: f.Reason = ""


class VisitsQuery(BaseModel):
    """Which visits: those that begin on local days from `from` up to and including `to`."""

    first: f.Day = Field(alias="from")
    last: f.Day = Field(alias="to")
    branch: f.Code | None = None
    cursor: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=200)

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date, info: ValidationInfo) -> date:
        first = info.data.get("first", last)
        if not timedelta(0) <= last - first <= timedelta(days=400):
            raise ValueError("use the same day as from, or one up to 400 days later")
        return last


class CustomersQuery(BaseModel):
    """Words that name, e-mail, phone or address contain; none for everybody."""

    q: str = Field("", max_length=100, pattern=f.TEXT)
    cursor: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=200)


class ExtraOut(BaseModel):
    code: str
    name: str
    amount_cents: int
    minutes: int


class ServiceOut(BaseModel):
    code: str
    name: str
    description: str
    extras: list[ExtraOut]


class ServicesOut(BaseModel):
    services: list[ServiceOut]


class LineOut(BaseModel):
    label: str
    amount_cents: int
    minutes: int


class OtherPriceOut(BaseModel):
    """What a visit costs that is the first of a series, or falls on a weekend or holiday: `days` says which."""

    is_first: bool
    day: str
    days: list[int | date]
    total_cents: int
    duration_minutes: int
    lines: list[LineOut]


class QuoteOut(BaseModel):
    code: UUID
    service: str
    frequency: f.Frequency
    total_cents: int
    currency: str
    duration_minutes: int
    team_size: int
    lines: list[LineOut]
    other_prices: list[OtherPriceOut]
    expires_at: datetime


class SlotOut(BaseModel):
    start: datetime
    end: datetime
    cleaners_free: int


class DayOut(BaseModel):
    date: date
    slots: list[SlotOut]


class AvailabilityOut(BaseModel):
    timezone: str
    days: list[DayOut]


class BookedVisitOut(BaseModel):
    code: UUID
    start: datetime
    end: datetime
    state: str


class BookingOut(BaseModel):
    code: UUID
    visit: BookedVisitOut
    plan: UUID | None


class ServiceName(BaseModel):
    code: str
    name: str


class AddressOut(BaseModel):
    line1: str
    line2: str
    city: str
    postcode: str


class VisitOut(BaseModel):
    code: UUID
    booking: UUID
    start: datetime
    end: datetime
    timezone: str
    state: str
    service: ServiceName
    property: AddressOut
    team_size: int
    price_cents: int
    currency: str
    free_until: datetime


class ChangePreviewOut(BaseModel):
    """What a change would cost now. Nothing was changed."""

    is_allowed: bool
    fee_cents: int
    currency: str
    free_until: datetime


class CancellationOut(VisitOut):
    fee_cents: int


class CustomerOut(BaseModel):
    code: UUID
    name: str
    email: str
    phone: str
    language: str
    created_at: datetime


class CleanerOut(BaseModel):
    code: UUID
    name: str


class OfficeVisitOut(VisitOut):
    customer: CustomerOut
    cleaners: list[CleanerOut]
    cleaners_missing: int


class VisitsOut(BaseModel):
    visits: list[OfficeVisitOut]
    next: str | None = Field(description="The cursor of the next page; null on the last")


class CustomersOut(BaseModel):
    customers: list[CustomerOut]
    next: str | None = Field(description="The cursor of the next page; null on the last")


class FieldError(BaseModel):
    field: str
    message: str


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError]


class SlotProblemOut(ProblemOut):
    """The time is gone, or cannot be had; where it was taken, `slots` has fresh alternatives."""

    slots: list[SlotOut] = Field(default_factory=list)
