import pytest

from midway.config.environment import SettingError
from midway.config.upkeep import read_upkeep_settings


@pytest.mark.parametrize(("told", "hours"), [("", (6, 10)), ("0-24", (0, 24)), ("22-23", (22, 23))])
def test_quiet_hours_are_hours_of_one_day(told: str, hours: tuple[int, int]) -> None:
    assert read_upkeep_settings({"MIDWAY_QUIET_HOURS": told} if told else {}).quiet_hours == hours


@pytest.mark.parametrize("told", ["6", "10-6", "6-6", "six-ten", "0-25", "-1-4"])
def test_hours_that_are_none_stop_the_start(told: str) -> None:
    with pytest.raises(SettingError, match="write hours of one day in UTC, like 6-10"):
        read_upkeep_settings({"MIDWAY_QUIET_HOURS": told})


def test_quotas_are_numbers_by_channel() -> None:
    assert read_upkeep_settings({"MIDWAY_QUOTAS": "email=20000, sms=1000"}).quotas == {"email": 20_000, "sms": 1000}
    assert read_upkeep_settings({}).quotas == {}


@pytest.mark.parametrize("told", ["email", "email=", "fax=10", "sms=0", "sms=-5", "sms=many"])
def test_quotas_that_are_none_stop_the_start(told: str) -> None:
    with pytest.raises(SettingError, match="write what may be sent in a month"):
        read_upkeep_settings({"MIDWAY_QUOTAS": told})
