import pytest

from midway.config.environment import SettingError, read_environment
from midway.config.redis_address import EXAMPLE, cache_at, sentinel_address
from midway.runtime.product import _without_password


def test_sentinels_are_read_from_the_address() -> None:
    found = sentinel_address("redis+sentinel://web:w%40rd@one:1,two/midway/3")
    assert found is not None
    assert found.sentinels == (("one", 1), ("two", 26379))
    assert (found.service, found.database, found.username, found.password) == ("midway", 3, "web", "w@rd")
    assert sentinel_address("redis+sentinel://[::1]:5/s").sentinels == (("::1", 5),)  # type: ignore[union-attr]
    assert sentinel_address("redis://host:6379/0") is None


@pytest.mark.parametrize(
    "value",
    [
        "redis+sentinel://one,two",
        "redis+sentinel:///midway",
        "redis+sentinel://one:port/s",
        "redis+sentinel://one/s/x",
        "redis+sentinel://one,,two/s",
    ],
)
def test_an_address_that_is_none_is_refused_in_one_line(value: str) -> None:
    with pytest.raises(SettingError, match="REDIS_URL is not an address") as refused:
        read_environment({"REDIS_URL": value})
    assert str(refused.value).endswith(EXAMPLE)


def test_a_good_one_is_a_setting_and_its_password_is_not_told() -> None:
    url = "redis+sentinel://:word@one:26379,two:26379/midway"
    assert read_environment({"REDIS_URL": url}).redis_url == url
    assert cache_at(url)["LOCATION"] == [url]
    assert _without_password(url) == "redis+sentinel://one:26379,two:26379/midway"
    assert _without_password("redis://u:word@host:6379/0") == "redis://host:6379/0"
