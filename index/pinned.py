"""Connections to addresses that were checked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import httpx

from index.addresses import addresses_of, is_public
from index.errors import AddressRefused, FetchRefused


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to an address that was checked; Host and TLS keep the name."""

    def __init__(self, tls: ssl.SSLContext, *, allow_private: bool) -> None:
        # Connections are not kept: by address, one could be used again for another name.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)
        self._allow_private = allow_private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode()
        addresses = await asyncio.to_thread(self._checked, host)
        for address in addresses[:-1]:
            try:
                return await self._to(address, host, request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # a host may have an address of a kind that this network can't reach
        return await self._to(addresses[-1], host, request)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _to(self, address: str, host: str, request: httpx.Request) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        try:
            return await self._transport.handle_async_request(pinned)
        except httpx.ConnectError as error:
            if why := _distrusted(error):
                raise FetchRefused(
                    f"{host} has a certificate that can't be trusted ({why}); check the address, or have the "
                    "site renew it (an authority of your own: name its file in SSL_CERT_FILE)"
                ) from error
            raise

    def _checked(self, host: str) -> list[str]:
        """The addresses of the host, once all of them are known to be public."""
        try:
            addresses = addresses_of(host)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"the name {host} has no address ({error})") from error
        if not self._allow_private:
            require_public(host, addresses)
        return addresses


def require_public(host: str, addresses: Sequence[str]) -> None:
    """Raise AddressRefused where one of the host's addresses is not of the open internet."""
    for address in addresses:
        if not is_public(address):
            raise AddressRefused(
                f"{host} has the address {address}, which is not one of the open internet: set "
                "TANYA_FETCH_PRIVATE=true if the service may speak to your network for all who ask"
            )


def _distrusted(error: BaseException | None) -> str:
    """What TLS has against the certificate; "" where it was something else that failed."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message.rstrip(".")
        error = error.__cause__ or error.__context__
    return ""
