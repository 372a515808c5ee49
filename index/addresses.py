"""Which addresses are open to all, and which belong to somebody's own network."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")
_NOBODYS = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # relays of 6to4, given up (RFC 7526)
        "2002::/16",  # 6to4: leads to any IPv4 address
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Networks on which nobody serves pages, but which `ipaddress` calls global."""


def addresses_of(host: str) -> list[str]:
    """The addresses of a host, as the system's resolver tells them. OSError where it has none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    False for private, loopback, link-local, multicast and reserved ones, for those that stand for an IPv4
    address (mapped, 6to4, Teredo), and for a translated one (NAT64) whose IPv4 address is none.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.ipv4_mapped or ip.is_site_local:
            return False
    nobodys = any(ip in network for network in _NOBODYS)
    return ip.is_global and not (nobodys or ip.is_multicast or ip.is_reserved)
