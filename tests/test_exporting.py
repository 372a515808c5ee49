"""What is exported comes in again just as it went out."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from index.articles import raw_file, to_article
from index.errors import ExportFailed
from index.exporting import json_line, write_json_lines
from index.ingest import Ingest
from index.records import WIB, RawArticle
from index.store import Store
from tests.corpus import FETCHED_AT, make_article, put, raws_in
from tests.fakes import WordHashEmbedder

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
def test_an_export_added_to_an_empty_home_gives_the_same_articles(tmp_path: Path, name: str) -> None:
    old, new = Store.in_home(tmp_path / "old"), Store.in_home(tmp_path / "new")
    Ingest(old, WordHashEmbedder()).run(raws_in(sorted(SEEDS.glob("*.txt"))), lambda _: None)
    put(old, make_article("x", "Baca juga: yang lain\nIsi. 😀", title="ADVERTISEMENT", outlet="Élan"))
    put(old, replace(make_article("y", "Isi kedua."), url="https://a.id/1"))
    put(old, make_article("z", "Isi ketiga.", published_at=datetime(2026, 2, 6, 14, 30, tzinfo=WIB)))
    put(old, make_article("w", "Isi keempat.", published_at=date(2026, 2, 6), language="jv"))
    before = list(old.all_articles())
    assert write_json_lines(iter(before), tmp_path / name) == len(before) == 9
    report = Ingest(new, WordHashEmbedder()).run(raws_in([tmp_path / name]), lambda _: None)
    after = list(new.all_articles())
    assert report.stored == len(before)
    assert [article.content_hash for article in after] == [article.content_hash for article in before]
    assert all(one.same_as(other) for one, other in zip(before, after, strict=True))
    for store in old, new:
        store.close()


def test_a_line_whose_text_was_changed_after_the_export_is_cleaned_as_any_other() -> None:
    fields = json.loads(json_line(make_article("x", "Isi pertama.")))
    fields["text"] = "Isi kedua.\nADVERTISEMENT"
    article = to_article(RawArticle(json.dumps(fields).encode(), "application/json", "a"), FETCHED_AT)
    assert article.text == "Isi kedua."


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl.gz"
    file.write_bytes(gzip.compress(b"old"))

    def broken() -> object:
        yield make_article("x", "Isi.")
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportFailed, match="No space left"):
        write_json_lines(broken(), file, overwrite=True)  # type: ignore[arg-type]
    assert gzip.decompress(raw_file(file).content) == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["all.jsonl.gz"]
