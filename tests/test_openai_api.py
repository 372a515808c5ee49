"""What OpenAI's own client makes of the service, over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import openai
import pytest
from fastapi.testclient import TestClient

from index.errors import CorpusError
from qa_service.api import create_api
from qa_service.build import Service
from tests.browser import served
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder

QUESTION = "wali kota melantik berapa pejabat?"
ANSWER = (
    "Wali kota melantik 269 pejabat. [1]\n\n"
    "[1] “Wali kota melantik 269 pejabat.” (Antara, 2025-10-31, Pelantikan)"
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    text = "Hujan turun. Wali kota melantik 269 pejabat. Semua pulang."
    article = make_article("a", text, title="Pelantikan", outlet="Antara", published_at=date(2025, 10, 31))
    put(service.store, article)
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> Iterator[openai.OpenAI]:
    with (
        served(create_api(service)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        yield client


def test_a_completion_is_the_answer_with_footnotes_and_carries_all_citations(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="tanya",
        temperature=0.2,
        messages=[
            {"role": "system", "content": "Jawab seperti bajak laut."},
            {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        ],
    )
    (choice,) = completion.choices
    assert choice.message.content == ANSWER
    assert (choice.finish_reason, completion.model) == ("stop", "tanya")
    assert completion.usage is not None
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )
    assert completion.model_extra is not None
    (citation,) = completion.model_extra["tanya"]["citations"]
    assert citation["quote"] == "Wali kota melantik 269 pejabat."


def test_a_stream_comes_to_the_same_text_and_ends_with_all_of_the_answer(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="tanya",
            stream=True,
            stream_options={"include_usage": True},
            messages=[{"role": "user", "content": QUESTION}],
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == ANSWER
    *_, last, usage = chunks
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra is not None
    assert last.model_extra["tanya"]["status"] == "answered"
    assert usage.usage is not None
    assert usage.usage.completion_tokens > 0


def test_earlier_messages_are_the_history(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="tanya",
        messages=[
            {"role": "user", "content": "wali kota melantik pejabat"},
            {"role": "assistant", "content": "…"},
            {"role": "user", "content": "berapa orang semuanya?"},
        ],
    )
    assert completion.model_extra is not None
    assert completion.model_extra["tanya"]["interpretation"]["follows"] == "wali kota melantik pejabat"


def test_an_abstention_is_a_message_with_the_nearest_passages(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="tanya", messages=[{"role": "user", "content": "Siapa presiden Amerika?"}]
    )
    content = completion.choices[0].message.content
    assert content is not None
    assert content.startswith("Jawabannya tidak ditemukan")
    assert completion.model_extra is not None
    assert completion.model_extra["tanya"]["status"] == "abstained"


def test_a_conversation_that_does_not_end_with_a_question_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.chat.completions.create(
            model="tanya", messages=[{"role": "user", "content": "?"}, {"role": "assistant", "content": "…"}]
        )
    assert "asks nothing" in refused.value.response.json()["detail"]


def test_of_many_parts_that_are_none_the_first_is_named(client: openai.OpenAI) -> None:
    message = {"role": "user", "content": [{}] * 100}
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.chat.completions.create(model="tanya", messages=[message] * 200)  # type: ignore[list-item]
    errors = refused.value.response.json()["errors"]
    assert {error["pointer"].split("/")[2] for error in errors} == {"0"}
    assert len(errors) < 5


def test_an_error_in_a_stream_reaches_the_client_as_one(
    client: openai.OpenAI, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CorpusError("the disk is gone")

    monkeypatch.setattr(service.retriever, "retrieve", fail)
    stream = client.chat.completions.create(
        model="tanya", stream=True, messages=[{"role": "user", "content": QUESTION}]
    )
    with pytest.raises(openai.APIError, match="error"):
        list(stream)


def test_a_question_that_is_refused_in_a_stream_is_told_why(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="tanya", stream=True, messages=[{"role": "user", "content": "x" * 1001}]
    )
    with pytest.raises(openai.APIError) as refused:
        list(stream)
    assert "shorten it to 1000" in str(refused.value.body)


@pytest.mark.parametrize("encoding_format", ["float", None])  # None: base64, as the client asks for by itself
def test_embeddings_are_those_of_the_index(client: openai.OpenAI, encoding_format: str | None) -> None:
    asked = {"encoding_format": encoding_format} if encoding_format else {}
    given = client.embeddings.create(model="any", input=["banjir besar", "hujan"], **asked)  # type: ignore[arg-type]
    expected = [WordHashEmbedder().embed_query(text) for text in ("banjir besar", "hujan")]
    assert [each.index for each in given.data] == [0, 1]
    np.testing.assert_allclose([each.embedding for each in given.data], expected, atol=1e-6)
    assert given.model == "word-hash-256"
    assert given.usage.prompt_tokens == 3


def test_vectors_of_other_dimensions_are_refused_rather_than_given(client: openai.OpenAI) -> None:
    given = client.embeddings.create(model="any", input="hujan", dimensions=256)
    assert len(given.data[0].embedding) == 256
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.embeddings.create(model="any", input="hujan", dimensions=7)
    assert "vectors of 256 dimensions only" in str(refused.value.body)


def test_vectors_are_asked_for_in_the_same_queue_as_questions(tmp_path: Path) -> None:
    service = make_service(tmp_path, most_questions=1)
    client = TestClient(create_api(service))
    with service.foreground.question():
        refused = client.post("/v1/embeddings", json={"input": "hujan"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert client.post("/v1/embeddings", json={"input": "hujan"}).status_code == 200
    service.close()


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["tanya", "word-hash-256"]
    assert client.models.retrieve("word-hash-256").id == "word-hash-256"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.models.retrieve("gpt/4")
    assert unknown.value.response.json()["detail"] == (
        "There is no model 'gpt/4': GET /v1/models lists those there are."
    )


@pytest.mark.parametrize(
    ("path", "body", "pointer", "advice"),
    [
        ("/embeddings", {"input": []}, "/input", "a list of 1 to 128 strings"),
        ("/embeddings", {"input": ["a"] * 129}, "/input", "a list of 1 to 128 strings"),
        ("/embeddings", {"input": [1, 2, 3]}, "/input", "a list of 1 to 128 strings"),
        ("/embeddings", {"input": 5}, "/input", "write this as a string"),
        ("/embeddings", {"input": "a" * 20_001}, "/input", "at most 20000 characters"),
        (
            "/chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "/messages/0/content",
            'a list of at most 100 parts such as {"type": "text", "text": "…"}: text only',
        ),
    ],
)
def test_what_fits_none_of_several_types_is_told_in_one_sentence(
    client: openai.OpenAI, path: str, body: dict[str, object], pointer: str, advice: str
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.post(path, body=body, cast_to=object)
    (error,) = refused.value.response.json()["errors"]
    assert error["pointer"] == pointer
    assert advice in error["detail"]
    assert "function" not in error["detail"]
