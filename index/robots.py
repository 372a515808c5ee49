"""What a site asks of robots (RFC 9309)."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

AGENT = "Tanya"
"""The name by which a robots.txt may speak to us."""

_LONGEST_PAUSE_S = 30.0
"""What we wait between two requests at most, whatever the site asks for."""


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host."""

    rules: Protego

    @classmethod
    def read(cls, content: bytes) -> Robots:
        return cls(Protego.parse(content.decode(errors="replace").removeprefix("\ufeff")))

    @classmethod
    def none(cls) -> Robots:
        """What holds where a site has no robots.txt (section 2.3.1.3): everything is allowed."""
        return cls(Protego.parse(""))

    def allow(self, url: str) -> bool:
        return self.rules.can_fetch(url, AGENT)

    @property
    def pause_s(self) -> float:
        """How long the site asks us to wait between two requests, within reason."""
        return min(self.rules.crawl_delay(AGENT) or 0.0, _LONGEST_PAUSE_S)
