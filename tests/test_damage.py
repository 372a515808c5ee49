"""Whatever bytes come, articles come of them or a refusal. `make fuzz` looks for hours, this for seconds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.damage import KINDS, damaged, require_articles_or_a_refusal


@pytest.mark.parametrize("name", KINDS)
def test_a_sound_file_is_read(name: str) -> None:
    for content in KINDS[name].sound:
        assert KINDS[name].read(content)


@pytest.mark.parametrize("name", KINDS)
def test_no_damage_brings_anything_but_articles_or_a_refusal(name: str) -> None:
    @given(damaged(KINDS[name]) | st.binary(max_size=300))
    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    def read(content: bytes) -> None:
        require_articles_or_a_refusal(KINDS[name], content)

    read()
