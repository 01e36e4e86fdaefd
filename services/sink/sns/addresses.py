"""The only addresses that a delivery can make the sink visit.

Deliveries name two: where the signing certificate is, and where to confirm a subscription. Whoever
can post one would else make this process ask any address that it reaches (server-side request
forgery).
"""

import re

import httpx

from sink.sns.envelope import Topic
from telemetry.problems import Problem

_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")


def aws_host(topic: Topic) -> str:
    """Return the host of SNS itself for a topic: `sns.<region>.amazonaws.com`, in China `.cn`.

    SNS signs, and is confirmed to, in its topic's own region, as AWS' SDK for Java demands too.
    """
    suffix = "amazonaws.com.cn" if topic.partition == "aws-cn" else "amazonaws.com"
    return f"sns.{topic.region}.{suffix}"


def certificate(url: str, topic: Topic) -> httpx.URL:
    """Return the address of a signing certificate; raises Problem (403) where it isn't AWS'."""
    found = _visitable(url, httpx.URL(f"https://{aws_host(topic)}"))
    if found is None or found.query or not _CERTIFICATE.fullmatch(found.path):
        raise Problem(403, f"SigningCertURL is no certificate of https://{aws_host(topic)}.")
    return found


def confirmation(url: str, topic: Topic, local: httpx.URL | None) -> httpx.URL:
    """Return the address that confirms a subscription; raises Problem (403) for any other.

    It is AWS', or that of the local stand-in where the delivery is one of its own (`local`).
    """
    place = local or httpx.URL(f"https://{aws_host(topic)}")
    found = _visitable(url, place)
    if found is None:
        raise Problem(403, f"SubscribeURL is not at {place}.")
    return found


def local_url(text: str) -> httpx.URL:
    """Return the stand-in's address, such as http://aws:8003; raises ValueError for another."""
    url = _parsed(text)
    if url is None or url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(f"{text!r} is no address: write it like http://aws:8003")
    if url.userinfo or url.query or url.fragment or url.path != "/":
        raise ValueError(f"{text!r} must end with its host and port, as in http://aws:8003")
    return url


def _parsed(text: str) -> httpx.URL | None:
    """Read an address with the parser that visits it, so that both see the same host."""
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        return None


def _visitable(text: str, place: httpx.URL) -> httpx.URL | None:
    """Return an address where it is at a place: of its scheme, host and port, for nobody's name."""
    url = _parsed(text)
    here = url and (url.scheme, url.host, url.port) == (place.scheme, place.host, place.port)
    return url if url and here and not url.userinfo else None
