"""A policy as a form: each figure of the rules with a plain name."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from midway.booking.models import Service
from midway.core.business_time import Counting
from midway.core.policy import Fee, LateStep, PolicyTerms
from midway.web.office.policies_form_gaps import GapsForm

FEES: Mapping[str, Any] = {
    "late_fee": _("Cancelled late"),
    "step_fee": _("Cancelled very late"),
    "lock_out_fee": _("Nobody lets us in"),
    "skip_fee": _("A date left out, after the free ones"),
}
COUNTED = (
    (Counting.CLOCK.value, _("by the clock, every hour")),
    (Counting.BUSINESS_DAYS.value, _("on working days only")),
    (Counting.OPENING_HOURS.value, _("in opening hours only")),
)
WEEKDAYS = (
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
)
HOURS = {
    "notice": _("Free to change until so many hours before"),
    "step": _("Very late from so many hours before"),
    "skip_notice": _("Dates of a plan are left out until so many hours before"),
    "booking_notice": _("New bookings at least so many hours ahead"),
}
COUNTS = {
    "grace_per_half_year": _("Late cancellations forgiven in a half-year"),
    "moves_per_visit": _("A visit is moved at most so often"),
    "move_within_days": _("and by at most so many days"),
    "free_skips_per_half_year": _("Dates left out free of charge in a half-year"),
    "skips_per_half_year": _("Dates left out at most in a half-year"),
    "horizon_days": _("New bookings up to so many days ahead"),
    "price_rise_notice_days": _("Days of notice before a plan costs more"),
}


class PolicyForm(GapsForm):
    """The next version of a policy, begun from the present one. Empty: no limit."""

    effective_on = forms.DateField(label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}))
    service = forms.ChoiceField(label=_("For"), required=False)
    counting = forms.ChoiceField(label=_("Notice is counted"), choices=COUNTED)
    opens = forms.TimeField(label=_("The office opens"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label=_("and closes"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    workdays = forms.MultipleChoiceField(
        label=_("Working days"), choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple, required=False
    )
    cut_off_days = forms.IntegerField(label=_("And at the latest so many days before"), min_value=0, max_value=30)
    cut_off_clock = forms.TimeField(label=_("at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    is_far_move_skip = forms.BooleanField(
        label=_("A visit of a plan may be moved farther than that, which counts as a date left out"), required=False
    )
    is_gap_priced = forms.BooleanField(label=_("The visit after a skip costs what its real gap costs"), required=False)

    def __init__(
        self, data: Any = None, *, terms: PolicyTerms, services: list[Service], today: date, **rest: Any
    ) -> None:
        super().__init__(data, **rest)
        self.terms, self.today = terms, today
        is_of_service = bool(data.get("service") if data is not None else (rest.get("initial") or {}).get("service"))
        choice: Any = self.fields["service"]
        choice.choices = [("", _t("All services")), *((s.code, s.name) for s in services)]
        for name, label in HOURS.items():
            self.fields[f"{name}_hours"] = _hours(label, needed=name in {"notice", "booking_notice"})
        for name, label in COUNTS.items():
            needed = name in {"grace_per_half_year", "horizon_days", "price_rise_notice_days"}
            most = 400 if name.endswith("days") else 99
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=most, required=needed)
        for name in FEES:
            self.fields[f"{name}-flat"] = forms.DecimalField(
                min_value=0, max_value=10000, decimal_places=2, label=_("Amount")
            )
            self.fields[f"{name}-percent"] = forms.IntegerField(
                min_value=0, max_value=100, label=_("and percent of the price")
            )
            self.fields[f"{name}-cleaner"] = forms.IntegerField(
                min_value=0, max_value=100, label=_("percent of it for the cleaners")
            )
        self.add_gaps(terms.gap_bands)
        for name in _OF_BOOKING if is_of_service else ():
            del self.fields[name]
        for name, value in self._begun().items():
            if name in self.fields:
                self.fields[name].initial = value

    def _begun(self) -> dict[str, Any]:
        terms = self.terms
        step = terms.late_steps[0] if terms.late_steps else None
        begun: dict[str, Any] = {
            "effective_on": self.today.isoformat(),
            "counting": terms.counting.value,
            "opens": terms.opens,
            "closes": terms.closes,
            "workdays": [str(day) for day in terms.workdays],
            "cut_off_days": terms.cut_off_days,
            "cut_off_clock": terms.cut_off_clock,
            "is_gap_priced": terms.is_gap_priced,
            "is_far_move_skip": terms.is_far_move_skip,
            "notice_hours": _in_hours(terms.notice_minutes),
            "step_hours": _in_hours(step.within_minutes) if step else None,
            "skip_notice_hours": _in_hours(terms.skip_notice_minutes),
            "booking_notice_hours": _in_hours(terms.booking_notice_minutes),
            **{name: getattr(terms, name) for name in COUNTS},
        }
        fees = {"step_fee": step.fee if step else Fee(), **{n: getattr(terms, n) for n in FEES if n != "step_fee"}}
        for name, fee in fees.items():
            begun |= {
                f"{name}-flat": Decimal(fee.flat_cents) / 100,
                f"{name}-percent": fee.percent,
                f"{name}-cleaner": fee.cleaner_percent,
            }
        return begun

    @property
    def fees(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """What is charged, line by line."""
        for name, label in FEES.items():
            yield label, [self[f"{name}-{part}"] for part in ("flat", "percent", "cleaner")]

    @property
    def limits(self) -> list[forms.BoundField]:
        """The counts, of which an empty one means no limit."""
        return [self[name] for name in ("skip_notice_hours", *COUNTS) if name not in _OF_BOOKING]

    @property
    def of_booking(self) -> list[forms.BoundField]:
        """What holds for new bookings and prices."""
        return [self[name] for name in _OF_BOOKING if name in self.fields]

    def clean_effective_on(self) -> date:
        """Will refuse a day gone by: what was decided was decided by the rules of its day."""
        wanted: date = self.cleaned_data["effective_on"]
        if wanted < self.today:
            raise forms.ValidationError(_t("This day has gone by. Choose today or a later day."))
        return wanted

    def clean_horizon_days(self) -> int:
        """Nobody could book anything with a horizon of no days."""
        days: int = self.cleaned_data["horizon_days"]
        if not days:
            raise forms.ValidationError(_t("At least one day."))
        return days

    def new_terms(self) -> PolicyTerms:
        """The terms as the form says."""
        said = self.cleaned_data
        step, notice = said["step_hours"], said.get("booking_notice_hours")
        first = () if step is None else (LateStep(_in_minutes(step), self._fee("step_fee")),)
        return replace(
            self.terms,
            counting=Counting(said["counting"]),
            opens=said["opens"],
            closes=said["closes"],
            workdays=tuple(sorted(int(day) for day in said["workdays"])),
            cut_off_days=said["cut_off_days"],
            cut_off_clock=said["cut_off_clock"],
            is_gap_priced=said["is_gap_priced"],
            is_far_move_skip=said["is_far_move_skip"],
            notice_minutes=_in_minutes(said["notice_hours"]),
            skip_notice_minutes=None if said["skip_notice_hours"] is None else _in_minutes(said["skip_notice_hours"]),
            booking_notice_minutes=self.terms.booking_notice_minutes if notice is None else _in_minutes(notice),
            late_steps=(*first, *self.terms.late_steps[1:]),
            gap_bands=self.gap_bands(),
            late_fee=self._fee("late_fee"),
            lock_out_fee=self._fee("lock_out_fee"),
            skip_fee=self._fee("skip_fee"),
            **{name: said[name] for name in COUNTS if name in self.fields},
        )

    def _fee(self, name: str) -> Fee:
        said = self.cleaned_data
        return Fee(int(said[f"{name}-flat"] * 100), said[f"{name}-percent"], said[f"{name}-cleaner"])


_OF_BOOKING = ("booking_notice_hours", "horizon_days", "price_rise_notice_days")


def _hours(label: Any, *, needed: bool) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_value=1000, decimal_places=2, required=needed)


def _in_hours(minutes: int | None) -> Decimal | None:
    return None if minutes is None else round(Decimal(minutes) / 60, 2).normalize() + 0


def _in_minutes(hours: Decimal) -> int:
    return round(hours * 60)
