"""What the visit after a skip costs, by the days that really lie between: the lines of a policy's form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.core.price_list import FREQUENCIES

SPARE = 1
RHYTHM_NAMES: Mapping[str, Any] = {
    "once": gettext_lazy("Just once"),
    "weekly": gettext_lazy("Every week"),
    "biweekly": gettext_lazy("Every 2 weeks"),
    "every_3_weeks": gettext_lazy("Every 3 weeks"),
    "every_4_weeks": gettext_lazy("Every 4 weeks"),
}
LONGEST_GAP_DAYS = 400


class GapsForm(forms.Form):
    """Up to so many days, the price of this rhythm; an emptied line is gone, a spare one adds a step."""

    _gaps: int

    def add_gaps(self, bands: Sequence[tuple[int, str]]) -> None:
        """Will add the lines as they are now, and a spare one."""
        choices = [(code, RHYTHM_NAMES[code]) for code in FREQUENCIES]
        lines: list[tuple[Any, str]] = [*sorted(bands), *[("", "once")] * SPARE]
        self._gaps = len(lines)
        for index, (days, rhythm) in enumerate(lines):
            self.fields[f"gap{index}-days"] = ends = forms.IntegerField(
                label=_("Up to so many days"), min_value=1, max_value=LONGEST_GAP_DAYS, required=False, initial=days
            )
            self.fields[f"gap{index}-rhythm"] = priced = forms.ChoiceField(
                label=_("the price of"), choices=choices, required=False, initial=rhythm
            )
            ends.widget.attrs |= {"inputmode": "numeric", "aria-label": ends.label}
            priced.widget.attrs["aria-label"] = priced.label

    @property
    def gaps(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields, line by line."""
        return [(self[f"gap{index}-days"], self[f"gap{index}-rhythm"]) for index in range(self._gaps)]

    def clean(self) -> dict[str, Any]:
        """Will refuse two lines for the same days, of which one could never be reached."""
        said: dict[str, Any] = super().clean() or {}
        seen: set[int] = set()
        for index in range(self._gaps):
            days = said.get(f"gap{index}-days")
            if days in seen:
                self.add_error(f"gap{index}-days", _("There is a line up to so many days already."))
            if days is not None:
                seen.add(days)
        return said

    def gap_bands(self) -> tuple[tuple[int, str], ...]:
        """The lines as the form says, the shortest first."""
        said = self.cleaned_data
        lines = [(said[f"gap{i}-days"], said[f"gap{i}-rhythm"] or "once") for i in range(self._gaps)]
        return tuple(sorted((days, rhythm) for days, rhythm in lines if days is not None))
