"""Who is really asking, when a reverse proxy stands in front."""

from functools import lru_cache
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's IP address: the last hop that no proxy of ours wrote.

    X-Forwarded-For counts only when the connection comes from MIDWAY_TRUSTED_PROXIES (this machine by default).
    An IPv6 visitor counts as their /64, which is what one home gets.
    """
    peer = request.META.get("REMOTE_ADDR", "") or "127.0.0.1"
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if not forwarded or not _is_ours(peer):
        return _network(peer)
    for hop in reversed([part.strip() for part in forwarded.split(",")]):
        if not _is_ours(hop):
            return _network(hop)
    return _network(peer)


@lru_cache(maxsize=1024)
def _is_ours(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in settings.TRUSTED_PROXIES)


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6:
        return f"{':'.join(found.exploded.split(':')[:4])}::/64"
    return address
