"""Certificates are checked by the site's name, though the connection goes to an address."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from index.errors import FetchRefused
from index.fetch import Fetcher
from tests.website import Website, website

NAME = "berita.example"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that is trusted, as one of an intranet would be."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


@pytest.fixture(autouse=True)
def _resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name leads anywhere but to loopback."""
    monkeypatch.setattr("index.pinned.addresses_of", lambda _: ["127.0.0.1"])


@contextmanager
def serving(certificate: trustme.LeafCert) -> Iterator[tuple[Website, list[str]]]:
    """A site with the certificate, and the names that connections asked it for (SNI)."""
    asked_names: list[str] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(tls)
    tls.sni_callback = lambda _, name, __: asked_names.append(name)
    with website(tls) as site:
        site.text("/a", "Banjir melanda.")
        yield site, asked_names


def fetch(site: Website, host: str = NAME) -> bytes:
    return Fetcher(allow_private=True, pause_s=0).fetch(site.url("/a", host)).content


def test_the_name_is_checked_while_the_connection_goes_to_the_address(authority: trustme.CA) -> None:
    with serving(authority.issue_cert(NAME)) as (site, asked_names):
        assert fetch(site) == b"Banjir melanda."
        assert asked_names == [NAME, NAME]  # for robots.txt, then for the page
        assert {headers["host"] for _, headers in site.asked} == {f"{NAME}:{site.port}"}


def test_an_address_may_have_a_certificate_of_its_own(authority: trustme.CA) -> None:
    with serving(authority.issue_cert("127.0.0.1")) as (site, _):
        assert fetch(site, "127.0.0.1") == b"Banjir melanda."


def test_a_certificate_of_another_name_is_refused(authority: trustme.CA) -> None:
    with serving(authority.issue_cert("lain.example", "127.0.0.1")) as (site, _):
        with pytest.raises(FetchRefused) as refused:
            fetch(site)
        assert (
            "berita.example has a certificate that can't be trusted (Hostname mismatch, certificate is not "
            "valid for 'berita.example'); check the address, or have the site renew it"
        ) in str(refused.value)
        assert site.asked == []


@pytest.mark.usefixtures("authority")
def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with serving(trustme.CA().issue_cert(NAME)) as (site, _):
        with pytest.raises(
            FetchRefused, match=r"can't be trusted \(unable to get local issuer certificate\)"
        ):
            fetch(site)
        assert site.asked == []


def test_a_certificate_that_has_run_out_is_refused(authority: trustme.CA) -> None:
    certificate = authority.issue_cert(NAME, not_before=LONG_AGO, not_after=LONG_AGO.replace(year=2021))
    with serving(certificate) as (site, _):
        with pytest.raises(FetchRefused, match=r"can't be trusted \(certificate has expired\)"):
            fetch(site)
        assert site.asked == []
