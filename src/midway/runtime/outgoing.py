"""Requests to other people's servers: with a limit in time and size, never redirected, and not into our own network.

The address is looked up once and that very address is connected to, so that a name cannot point elsewhere
between the check and the connection.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LARGEST_ANSWER = 1_000_000


class CallFailed(Exception):
    """The other server could not be asked, or gave no proper answer."""


class AddressNotAllowed(CallFailed):
    """The address is not on the public internet."""


@dataclass(frozen=True)
class Answer:
    """What the other server said."""

    status: int
    body: bytes


def call(
    method: str,
    url: str,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
    seconds: float,
    may_be_private: bool = False,
) -> Answer:
    """Will ask once and give the answer, whatever its status. Raises `CallFailed` or `AddressNotAllowed`."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CallFailed(f"{url} is not a web address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connection(parts.scheme, parts.hostname, parts.port, seconds, may_be_private=may_be_private)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            return Answer(response.status, _read(response, until=time.monotonic() + seconds))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as problem:
        raise CallFailed(f"{type(problem).__name__}: {problem}") from problem


def _read(response: http.client.HTTPResponse, *, until: float) -> bytes:
    """What comes of the answer before the time is over: each byte in time must not add up to hours."""
    body = b""
    while len(body) < LARGEST_ANSWER and time.monotonic() < until:
        part = response.read1(LARGEST_ANSWER - len(body))
        if not part:
            break
        body += part
    return body


def check_public(host: str, port: int) -> None:
    """Will look a host up. Raises `AddressNotAllowed` when any of its addresses is not public, `CallFailed` if none."""
    try:
        _addresses(host, port, may_be_private=False)
    except OSError as problem:
        raise CallFailed(f"{host} cannot be found: {problem}") from problem


def _addresses(host: str, port: int, *, may_be_private: bool) -> list[str]:
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not may_be_private and not _is_public(address):
            raise AddressNotAllowed(f"{host} leads to {address}, which is not on the public internet")
    return found


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return _is_public(str(inner)) and address.teredo is None
        if address in ipaddress.ip_network("64:ff9b::/96"):  # NAT64 carries an IPv4 address in its last 32 bits
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


def _connection(
    scheme: str, host: str, port: int | None, seconds: float, *, may_be_private: bool
) -> http.client.HTTPConnection:
    number = port or (443 if scheme == "https" else 80)
    address = _addresses(host, number, may_be_private=may_be_private)[0]
    # Connected here and not by the library, which would look the name up again.
    line = socket.create_connection((address, number), timeout=seconds)
    connection: http.client.HTTPConnection
    if scheme == "https":
        connection = http.client.HTTPSConnection(host, number, timeout=seconds)
        try:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
        except OSError:
            line.close()
            raise
    else:
        connection = http.client.HTTPConnection(host, number, timeout=seconds)
    connection.sock = line
    return connection
