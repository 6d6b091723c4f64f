"""The days on which the demo company is closed."""

from datetime import date, timedelta


def holidays_between(first: date, last: date) -> dict[date, str]:
    """Public holidays of the United States that cleaning companies keep."""
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        found |= {
            date(year, 1, 1): "New Year's Day",
            _weekday_from(date(year, 5, 25), 0): "Memorial Day",
            date(year, 7, 4): "Independence Day",
            _weekday_from(date(year, 9, 1), 0): "Labor Day",
            _weekday_from(date(year, 11, 22), 3): "Thanksgiving",
            date(year, 12, 25): "Christmas Day",
        }
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def _weekday_from(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
