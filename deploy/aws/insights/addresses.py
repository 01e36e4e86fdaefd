"""IP address functions.

DuckDB has an extension for them, which it downloads: Python's `ipaddress` needs nothing, knows both
versions and every special range. The engine registers what is in ROUTINES.
"""

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from deploy.aws.insights.arguments import Arguments, Function
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.values import Value

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_RFC_1918 = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


@lru_cache(maxsize=10_000)
def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=100)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def _version(text: str, version: int) -> bool:
    address = _address(text)
    return address is not None and version in {0, address.version}


def _in_subnet(text: str, subnet: str, version: int) -> bool:
    address, network = _address(text), _network(subnet)
    if address is None or version not in {0, address.version}:
        return False
    return address.version == network.version and address in network


def _private(text: str) -> bool:
    address = _address(text)
    return address is not None and any(
        address in network for network in _RFC_1918 if network.version == address.version
    )


def _public(text: str) -> bool:
    address = _address(text)
    return address is not None and address.is_global and not address.is_multicast


def _reserved(text: str) -> bool:
    address = _address(text)
    return address is not None and not address.is_global and not _private(text)


def _as_number(text: str) -> float | None:
    address = _address(text)
    return float(int(address)) if isinstance(address, ipaddress.IPv4Address) else None


# Their name in SQL → the function, its parameters' types, its result's.
ROUTINES: dict[str, tuple[Callable[..., bool | float | None], list[str], str]] = {
    "ip_version": (_version, ["VARCHAR", "INTEGER"], "BOOLEAN"),
    "ip_in_subnet": (_in_subnet, ["VARCHAR", "VARCHAR", "INTEGER"], "BOOLEAN"),
    "ip_private": (_private, ["VARCHAR"], "BOOLEAN"),
    "ip_public": (_public, ["VARCHAR"], "BOOLEAN"),
    "ip_reserved": (_reserved, ["VARCHAR"], "BOOLEAN"),
    "ip_number": (_as_number, ["VARCHAR"], "DOUBLE"),
}


def _is(signature: str, sql: str) -> Function:
    def build(given: Arguments) -> Value:
        return Value(f"coalesce({sql.format(given.text(0))}, FALSE)", "bool")

    return Function(signature, 1, 1, build)


def _subnet(signature: str, version: Literal[0, 4, 6]) -> Function:
    def build(given: Arguments) -> Value:
        subnet = given.quoted(1)
        try:
            found = ipaddress.ip_network(subnet, strict=False)
        except ValueError as error:
            raise QueryError(str(error), given.call.arguments[1].place) from None
        if version not in {0, found.version}:
            message = f"{subnet} is no subnet of IPv{version}"
            raise QueryError(message, given.call.arguments[1].place)
        written = given.compiler.relation.parameters.add(subnet)
        sql = f"coalesce(ip_in_subnet({given.text(0)}, {written}, {version}), FALSE)"
        return Value(sql, "bool")

    return Function(signature, 2, 2, build)


FUNCTIONS = (
    _is("isValidIp(text)", "ip_version({0}, 0)"),
    _is("isValidIpV4(text)", "ip_version({0}, 4)"),
    _is("isValidIpV6(text)", "ip_version({0}, 6)"),
    _subnet('isIpInSubnet(text, "subnet")', 0),
    _subnet('isIpv4InSubnet(text, "subnet")', 4),
    _subnet('isIpv6InSubnet(text, "subnet")', 6),
    _is("isPrivateIP(text)", "ip_private({0})"),
    _is("isPublicIP(text)", "ip_public({0})"),
    _is("isReservedIP(text)", "ip_reserved({0})"),
    Function(
        "ipv4ToNumber(text)", 1, 1, lambda given: Value(f"ip_number({given.text(0)})", "number")
    ),
)
