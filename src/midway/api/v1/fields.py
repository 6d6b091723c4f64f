"""The kinds of value programs send, each with its bounds: nothing past them reaches an action or the database."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

FIRST_YEAR, LAST_YEAR = 2000, 2100
LINE = r"^[^\x00-\x1f\x7f]*$"
TEXT = r"^[^\x00]*$"


def _email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        raise ValueError("this is not an e-mail address") from None
    return value


def _near(value: datetime | date) -> datetime | date:
    # Far years overflow when a zone is applied, and nobody cleans then.
    if not FIRST_YEAR <= value.year < LAST_YEAR:
        raise ValueError(f"use a year from {FIRST_YEAR} to {LAST_YEAR - 1}")
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=LINE)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40, pattern=LINE)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254, pattern=LINE),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}),
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160, pattern=LINE)]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=160, pattern=LINE)]
City = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=LINE)]
Postcode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12, pattern=LINE)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=TEXT)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=TEXT)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")]
Moment = Annotated[AwareDatetime, AfterValidator(_near)]
Day = Annotated[date, AfterValidator(_near)]
Frequency = Literal["once", "weekly", "biweekly", "every_3_weeks", "every_4_weeks"]
