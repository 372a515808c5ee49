"""The intake: jobs go on whatever happens, and neither a request nor another process waits for them."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from numpy.typing import NDArray

from index.articles import _READERS
from index.embedder import Embedder
from index.errors import ArticleUnreadable, FetchRefused, ModelUnavailable
from index.formats.page import Page
from index.jobs import Item, Job, Jobs, new_job
from index.records import Hit, RawArticle, Refused
from index.store import Store
from qa_service.build import Service
from qa_service.foreground import Foreground
from qa_service.intake import URL, Fetch, Outcome
from qa_service.reader import Reading
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder, WordOverlapReader

TANYA = Path(sys.executable).with_name("tanya")


class Gate(WordHashEmbedder):
    """Embeds no text that holds the word until it is opened; says when it was asked to."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.asked = threading.Event()
        self.open = threading.Event()

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any(self._word in text for text in texts):
            self.asked.set()
            assert self.open.wait(timeout=30)
        return super().embed_passages(texts)


class Fails(WordHashEmbedder):
    """Fails as often as there are errors, for a text that holds the word "rusak"."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.errors and any("rusak" in text for text in texts):
            raise self.errors.pop(0)
        return super().embed_passages(texts)


def raw(text: str, origin: str = "api") -> RawArticle:
    return RawArticle(json.dumps({"text": text}).encode(), "application/json", origin)


def items(*texts: str) -> list[Item]:
    return [Item(f"/{n}", raw(text, f"api:/{n}")) for n, text in enumerate(texts)]


def accept(service: Service, *texts: str) -> str:
    job = new_job(len(texts))
    service.intake.accept(job, items(*texts), None)
    return job.id


def finished(service: Service, job_id: str) -> Job:
    for _ in range(3000):
        job = service.intake.jobs.job(job_id)
        if job.finished_at:
            return job
        time.sleep(0.01)
    raise AssertionError(job)


def page(url: str, number: int) -> Item:
    return Item(f"/{number}", RawArticle(json.dumps({"url": url}).encode(), URL, f"api:/{number}"))


def texts(service: Service) -> list[str]:
    return sorted(article.text for article in service.store.articles(offset=0, limit=99))


@contextmanager
def serving(home: Path, embedder: Embedder | None = None, fetch: Fetch | None = None) -> Iterator[Service]:
    service = make_service(home, embedder=embedder, fetch=fetch)
    try:
        yield service
    finally:
        service.close()


def test_a_job_that_an_earlier_process_left_is_gone_on_with(tmp_path: Path) -> None:
    store = Store.in_home(tmp_path)
    job = new_job(2)
    Jobs(store.engine).create(job, items("Satu kalimat.", "Dua kalimat."), None)
    store.close()
    with serving(tmp_path) as service:
        service.intake.start()
        assert finished(service, job.id).stored == 2
        assert texts(service) == ["Dua kalimat.", "Satu kalimat."]


def test_a_request_waits_for_no_article_of_a_job(tmp_path: Path) -> None:
    gate = Gate("Berita")
    with serving(tmp_path, gate) as service:
        job_id = accept(service, *(f"Berita ke {n}." for n in range(40)))
        assert gate.asked.wait(timeout=30)
        added = service.intake.add(raw("Mendesak sekali."))
        assert (added.outcome, texts(service)) == (Outcome.CREATED, ["Mendesak sekali."])
        service.intake.delete(added.article.id)
        gate.open.set()
        assert finished(service, job_id).stored == 40


def test_an_article_that_is_slow_to_read_keeps_no_other_writer_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read = threading.Event(), threading.Event()

    def slowly(content: bytes) -> Page:
        asked.set()
        assert read.wait(timeout=30)
        return Page(content.decode())

    monkeypatch.setitem(_READERS, "application/pdf", slowly)
    slow = RawArticle(b"Berita yang lambat.", "application/pdf", "api:lambat.pdf")
    other = Store.in_home(tmp_path)  # another process: each store has a lock of its own
    with serving(tmp_path) as service, ThreadPoolExecutor(1) as pool:
        for take_in in (as_a_job, at_once):
            taken_in = pool.submit(take_in, service, slow)
            assert asked.wait(timeout=30)
            with other.writing(timeout_s=0):
                put(other, make_article(take_in.__name__, "Gempa melanda Banten."))
            assert service.intake.add(raw(f"Mendesak, {take_in.__name__}.")).outcome is Outcome.CREATED
            read.set()
            taken_in.result(timeout=30)
            assert "Berita yang lambat." in texts(service)
            (lambat,) = [a for a in service.store.articles(offset=0, limit=9) if "lambat" in a.text]
            service.intake.delete(lambat.id)
            asked.clear()
            read.clear()
    other.close()


def as_a_job(service: Service, article: RawArticle) -> None:
    job = new_job(1)
    service.intake.accept(job, [Item("/0", article)], None)
    assert finished(service, job.id).stored == 1


def at_once(service: Service, article: RawArticle) -> None:
    assert service.intake.add(article).outcome is Outcome.CREATED


def test_what_was_cancelled_while_it_was_read_is_not_stored(tmp_path: Path) -> None:
    gate = Gate("Berita")
    with serving(tmp_path, gate) as service:
        job_id = accept(service, *(f"Berita ke {n}." for n in range(4)))
        later = accept(service, "Satu kalimat.")
        assert gate.asked.wait(timeout=30)
        assert service.intake.cancel(job_id).state == "cancelled"
        gate.open.set()
        assert finished(service, later).stored == 1
        assert texts(service) == ["Satu kalimat."]
        assert service.intake.jobs.job(job_id).stored == 0


def test_a_job_is_cancelled_while_another_process_writes(tmp_path: Path) -> None:
    other = Store.in_home(tmp_path)
    with serving(tmp_path) as service, other.writing():
        assert service.intake.cancel(accept(service, "Satu kalimat.")).state == "cancelled"
    other.close()


def test_what_a_request_stored_while_a_job_read_the_same_is_one_article(tmp_path: Path) -> None:
    gate = Gate("Berita")
    with serving(tmp_path, gate) as service, ThreadPoolExecutor(1) as pool:
        job_id = accept(service, "Berita ke 0.")
        assert gate.asked.wait(timeout=30)
        added = pool.submit(service.intake.add, raw("Berita ke 0."))
        gate.open.set()
        ended = finished(service, job_id)
        outcomes = added.result(timeout=30).outcome is Outcome.CREATED, ended.stored
        assert outcomes in ((True, 0), (False, 1))
        assert (len(texts(service)), ended.seen) == (1, 1)


@pytest.mark.parametrize(("courtesy", "going_on"), [(30, 0), (0.01, 1)])
def test_a_job_lets_questions_pass_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, courtesy: float, going_on: int
) -> None:
    monkeypatch.setattr("qa_service.intake._COURTESY", courtesy)
    arrived, embedded = threading.Event(), threading.Event()
    seen: list[int] = []

    class Noting(WordHashEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            seen.append(foreground._going_on)
            embedded.set()
            return super().embed_passages(texts)

    class Arriving(Foreground):
        def let_pass(self, *, at_most_s: float) -> None:
            arrived.set()
            super().let_pass(at_most_s=at_most_s)

    with serving(tmp_path, Noting()) as service:
        service.intake._foreground = foreground = Arriving(most_questions=9)
        with foreground.busy():
            job_id = accept(service, "Satu kalimat.")
            assert (arrived if courtesy == 30 else embedded).wait(timeout=30)
        assert (finished(service, job_id).stored, seen) == (1, [going_on])


def test_a_question_is_in_the_foreground_while_it_is_answered(tmp_path: Path) -> None:
    seen: list[int] = []

    class Noting(WordOverlapReader):
        def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
            seen.append(service.intake._foreground._going_on)
            return super().read(question, hits)

    service = make_service(tmp_path, reader=Noting())
    service.ask("Berapa perahu?")
    assert (seen, service.intake._foreground._going_on) == ([1], 0)
    service.close()


def test_an_article_that_breaks_something_is_refused_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = RuntimeError("the secret cause"), RuntimeError("the secret cause")
    with serving(tmp_path, Fails(*broken)) as service:
        job = finished(service, accept(service, "Satu kalimat.", "Ini rusak.", "Tiga kalimat."))
        assert (job.state, job.stored, job.refused) == ("done", 2, 1)
        assert [(each.origin, "secret" in each.reason) for each in job.refusals] == [("/1", False)]
        assert texts(service) == ["Satu kalimat.", "Tiga kalimat."]
    assert "the secret cause" in caplog.text


def test_a_url_whose_name_is_none_holds_up_no_job(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        job = new_job(2)
        service.intake.accept(job, [page("http://xn--a.com/", 9), *items("Satu kalimat.")], None)
        ended = finished(service, job.id)
        assert (ended.state, ended.stored, ended.refused) == ("done", 1, 1)
        assert ended.refusals[0].reason.startswith("http://xn--a.com/: not a URL")


class Breaks:
    """A Fetch that fails in a way nobody thought of."""

    def fetch(self, _: str) -> RawArticle:
        raise RuntimeError("the secret cause")


def test_a_page_that_breaks_something_is_refused_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(tmp_path, fetch=Breaks()) as service:
        job = new_job(2)
        service.intake.accept(job, [page("https://a.id/", 9), *items("Satu kalimat.")], None)
        ended = finished(service, job.id)
    assert (ended.state, ended.stored) == ("done", 1)
    assert ended.refusals == (Refused("/9", "something went wrong on our side; it has been logged"),)
    assert "the secret cause" in caplog.text


class Pages:
    """A Fetch that has every page but those of "gone", and notes which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str) -> RawArticle:
        self.asked.append(url)
        if "gone" in url:
            raise FetchRefused(f"{url}: answered 404 Not Found; check the address")
        return RawArticle(f"Berita dari {url}.".encode(), "text/plain", url)


def test_a_page_is_fetched_once_however_long_another_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.intake._PAUSE_S", 0.01)
    pages = Pages()
    urls = [f"https://a.id/{name}" for name in ("gone", "1", "2", "3")]
    other = Store.in_home(tmp_path)
    with serving(tmp_path, fetch=pages) as service:
        with other.writing():
            job = new_job(len(urls))
            service.intake.accept(job, [page(url, n) for n, url in enumerate(urls)], None)
            while service.intake.waits_for is None:
                time.sleep(0.01)
            time.sleep(0.2)  # in which it is tried many times
            assert pages.asked == urls[:2]
            assert service.intake.jobs.job(job.id).refused == 1
        ended = finished(service, job.id)
    other.close()
    assert pages.asked == urls
    assert (ended.stored, ended.refusals) == (
        3,
        (Refused("/0", "https://a.id/gone: answered 404 Not Found; check the address"),),
    )


def test_pages_taken_in_one_by_one_make_no_group_larger(tmp_path: Path) -> None:
    with serving(tmp_path, fetch=Pages()) as service:
        job = new_job(6)
        service.intake.accept(job, [page(f"https://a.id/{n}", n) for n in range(6)], None)
        assert finished(service, job.id).stored == 6
        assert service.intake._group == 4


def test_a_page_that_was_fetched_survives_a_restart(tmp_path: Path) -> None:
    pages, unused = Pages(), Pages()
    job = new_job(2)
    other = Store.in_home(tmp_path)
    with other.writing(), serving(tmp_path, fetch=pages) as service:
        service.intake.accept(job, [page("https://a.id/1", 0), *items("Satu kalimat.")], None)
        while service.intake.waits_for is None:
            time.sleep(0.01)
    other.close()
    with serving(tmp_path, fetch=unused) as service:
        service.intake.start()
        assert finished(service, job.id).stored == 2
        assert texts(service) == ["Berita dari https://a.id/1.", "Satu kalimat."]
    assert (pages.asked, unused.asked) == (["https://a.id/1"], [])


class OnePage:
    """A Fetch that has one page, under every URL."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self._raw = RawArticle(content, media_type, "https://a.id/1")

    def fetch(self, _: str) -> RawArticle:
        return self._raw


@pytest.mark.parametrize(
    ("content", "media_type", "reason"),
    [
        (
            b"<rss><channel></channel></rss>",
            "text/html",
            "https://a.id/1: a feed or a sitemap; `tanya feed` takes in what it lists",
        ),
        (b"\x89PNG", "image/png", "https://a.id/1: sent as image/png, in which no article can be read"),
        (b'[{"text": "a"}]', "application/json+file", "api: several articles are there; send it as a file"),
    ],
)
def test_what_is_no_article_is_refused_on_the_spot(
    tmp_path: Path, content: bytes, media_type: str, reason: str
) -> None:
    with serving(tmp_path, fetch=OnePage(content, media_type)) as service:
        with pytest.raises(ArticleUnreadable) as refused:
            service.intake.add(RawArticle(b'{"url": "https://a.id/1"}', URL, "api"))
        assert str(refused.value).split("; readable")[0] == reason


def test_a_gzipped_page_is_one_article(tmp_path: Path) -> None:
    page = OnePage(gzip.compress(b"Satu kalimat."), "text/plain+gzip")
    with serving(tmp_path, fetch=page) as service:
        added = service.intake.add(RawArticle(b'{"url": "https://a.id/1"}', URL, "api"))
    assert added.article.text == "Satu kalimat."


def test_what_ails_the_archive_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.intake._PAUSE_S", 0.01)
    ailing = [ModelUnavailable("/secret/place")] * 3
    with serving(tmp_path, Fails(*ailing)) as service:
        job_id = accept(service, "Ini rusak.")
        assert finished(service, job_id).stored == 1
        service.intake.close()  # the job ends a moment before the worker says that it waits no more
        assert service.intake.waits_for is None


def test_an_intake_that_was_closed_starts_again(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        service.intake.start()
        service.intake.close()
        assert finished(service, accept(service, "Satu kalimat.")).stored == 1


def test_an_intake_is_closed_in_the_moment_in_which_its_worker_goes_round(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    worker_is_there, closing = threading.Event(), threading.Event()

    class Wake(threading.Event):
        def clear(self) -> None:
            if service.intake._worker is threading.current_thread() and self.is_set():
                worker_is_there.set()
                closing.wait()
            super().clear()

    service.intake._wake = Wake()
    service.intake.start()
    service.intake._wake.set()
    assert worker_is_there.wait(5)
    ending = threading.Thread(target=service.close, daemon=True)
    ending.start()
    assert service.intake._stopping.wait(5)
    closing.set()
    ending.join(5)
    assert not ending.is_alive()


# A real process


class Served:
    """A running `tanya serve`, to be killed."""

    def __init__(self, home: Path, model_folder: Path) -> None:
        self._process = subprocess.Popen(
            [TANYA, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TANYA_HOME": str(home), "TANYA_MODEL": str(model_folder)},
            cwd=home,
        )
        assert self._process.stdout is not None
        said = "".join(self._process.stdout.readline() for _ in range(3))
        match = re.search(r"chat +(http://\S+)/chat/", said)
        assert match, said
        self.http = httpx2.Client(base_url=match[1], timeout=60)

    def job(self, location: str) -> Any:
        return self.http.get(location).json()

    def kill(self) -> None:
        self.http.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.mark.timeout(600)  # two starts with the model, on whatever machine
@pytest.mark.long
def test_a_job_survives_a_kill_and_questions_are_answered_all_the_while(
    tmp_path: Path, model_folder: Path
) -> None:
    sent = [
        {
            "id": f"perahu-{n}",
            "title": f"Kota {n} membeli perahu",
            "text": " ".join(f"Perahu nomor {k} untuk menghadapi banjir." for k in range(30)),
        }
        for n in range(80)
    ]
    served = Served(tmp_path, model_folder)
    try:
        location = served.http.post("/articles", json=sent).headers["location"]
        added = served.http.post("/articles", json={"id": "gempa", "text": "Gempa melanda 7 desa di Banten."})
        answer = served.http.post("/ask", json={"question": "Berapa desa yang dilanda gempa di Banten?"})
        assert (added.status_code, answer.status_code) == (201, 200)
        while (before := served.job(location))["stored"] < 4:
            time.sleep(0.02)
        assert before["state"] == "running"
    finally:
        served.kill()
    served = Served(tmp_path, model_folder)
    try:
        assert before["stored"] <= served.job(location)["stored"] < 80
        while (job := served.job(location))["state"] != "done":
            time.sleep(0.2)
        assert (job["total"], job["stored"] + job["unchanged"], job["refused"]) == (80, 80, 0)
        assert job["unchanged"] <= 64  # of the group that was stored but not settled when it was killed
        assert served.http.get("/articles").json()["total"] == 81
        answer = served.http.post(
            "/ask", json={"question": "Berapa desa yang dilanda gempa di Banten?"}
        ).json()
        assert answer["citations"][0]["answer"]["text"].startswith("7")
    finally:
        served.kill()
