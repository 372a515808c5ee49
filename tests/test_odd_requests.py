"""The API keeps its contract, whatever it is sent. `make fuzz` sends more."""

from __future__ import annotations

from tests.odd_requests import send_odd_requests


def test_the_contract_is_kept_whatever_is_sent() -> None:
    assert send_odd_requests(examples=3, number=1) > 1000
