"""What the official client of the Model Context Protocol makes of the service, over HTTP and over pipes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.mcp_server import mcp_server
from tests.browser import served
from tests.corpus import make_article, make_service, put

TEXT = "Hujan turun. Wali kota melantik 269 pejabat. Semua pulang."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    article = make_article("a", TEXT, title="Pelantikan", outlet="Antara", published_at=date(2025, 10, 31))
    put(service.store, article)
    yield service
    service.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with served(create_api(service)) as address:
        yield f"{address}/mcp"


def call(address: str, tool: str, **arguments: object) -> CallToolResult:
    async def called() -> CallToolResult:
        async with Client(address) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(called())


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_the_tools_are_listed_with_their_schemas_and_only_read(address: str) -> None:
    async def listed() -> None:
        async with Client(address) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "get_article", "locate_quote"}
        for tool in tools.values():
            assert tool.output_schema is not None
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
        assert tools["ask"].input_schema["required"] == ["question"]

    asyncio.run(listed())


def test_an_answer_is_read_with_footnotes_and_carries_its_citations(address: str) -> None:
    result = call(address, "ask", question="wali kota melantik berapa pejabat?")
    assert text_of(result) == (
        "Wali kota melantik 269 pejabat. [1]\n\n"
        "[1] “Wali kota melantik 269 pejabat.” (Antara, 2025-10-31, Pelantikan)"
    )
    assert result.structured_content is not None
    assert result.structured_content["citations"][0]["article"]["id"] == "a"


def test_filters_are_heeded(address: str) -> None:
    result = call(address, "ask", question="wali kota melantik berapa pejabat?", outlets=["Tempo"])
    assert result.structured_content is not None
    assert result.structured_content["abstention"]["reason"] == "no_matching_articles"


def test_with_as_of_nothing_is_read_that_was_published_later(address: str) -> None:
    def asked(as_of: str) -> tuple[str, str]:
        result = call(address, "ask", question="wali kota melantik berapa pejabat?", as_of=as_of)
        assert result.structured_content is not None
        return result.structured_content["status"], result.structured_content["interpretation"]["as_of"]

    assert asked("2025-10-30") == ("abstained", "2025-10-30")
    assert asked("2025-10-31") == ("answered", "2025-10-31")


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {}, "question: this is missing: it must be given"),
        ("ask", {"question": "a" * 1001}, "question: this is too long: its length must be 1000 or less"),
        ("ask", {"question": "a", "as_of": "6/2/2026"}, "as_of: this is no date: write it as 2026-02-06"),
        (
            "search",
            {"query": "", "outlets": [5]},
            "query: this is too short: its length must be 1 or more; "
            "outlets/0: this is not text: write it as a string",
        ),
    ],
)
def test_wrong_arguments_are_told_in_the_words_of_the_rest_api(
    address: str, tool: str, arguments: dict[str, object], said: str
) -> None:
    result = call(address, tool, **arguments)
    assert result.is_error
    assert text_of(result) == f"Error executing tool {tool}: {said}"


def test_passages_articles_and_quotes_are_found(address: str) -> None:
    search = call(address, "search", query="pejabat", limit=1)
    assert text_of(search) == f"Antara, 2025-10-31, Pelantikan (a):\n{TEXT}"
    article = call(address, "get_article", article_id="a")
    assert text_of(article) == f"Pelantikan\nAntara, 2025-10-31\n\n{TEXT}"
    quote = call(address, "locate_quote", quote="wali kota melantik 269 pejabat")
    assert quote.structured_content is not None
    assert quote.structured_content["status"] == "verbatim"
    assert (
        text_of(call(address, "locate_quote", quote="Gubernur Banten mundur kemarin"))
        == "Not in the archive."
    )


def test_what_cannot_be_done_is_an_error_of_the_tool_that_says_why(
    address: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = call(address, "get_article", article_id="x")
    assert unknown.is_error
    assert "x" in text_of(unknown)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(service.retriever, "retrieve", fail)
    failed = call(address, "search", query="pejabat")
    assert failed.is_error
    assert "went wrong on our side" in text_of(failed)
    assert "secret" not in text_of(failed)


def test_a_search_too_many_is_told_to_come_again(tmp_path: Path) -> None:
    service = make_service(tmp_path, most_questions=1)

    async def called() -> CallToolResult:
        async with Client(mcp_server(service)) as client:
            return await client.call_tool("search", {"query": "pejabat"})

    with service.foreground.question():
        refused = asyncio.run(called())
    assert refused.is_error
    assert "ask again in a few seconds" in text_of(refused)
    assert not asyncio.run(called()).is_error
    service.close()


def test_the_tools_work_without_http_too(service: Service) -> None:
    async def asked() -> CallToolResult:
        async with Client(mcp_server(service)) as client:
            return await client.call_tool("ask", {"question": "wali kota melantik berapa pejabat?"})

    assert text_of(asyncio.run(asked())).startswith("Wali kota melantik 269 pejabat. [1]")


_FAILING = """
from unittest.mock import patch
from qa_service.cli import cli
from tests.corpus import make_service

def build(settings, _):
    service = make_service(settings.home)
    service.retriever.retrieve = None
    return service

with patch("qa_service.cli.build", build):
    cli(["mcp"])
"""


def test_tanya_mcp_logs_lines_of_json_and_nothing_of_that_in_its_pipe(tmp_path: Path) -> None:
    client = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    with subprocess.Popen(
        [sys.executable, "-c", _FAILING],
        env={**os.environ, "TANYA_HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, (method, params) in enumerate(
            {"initialize": client, "tools/call": {"name": "search", "arguments": {"query": "a"}}}.items()
        ):
            call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            process.stdin.write(json.dumps(call) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        said, logged = process.communicate(timeout=20)
    assert said == ""
    messages = [json.loads(line)["message"] for line in logged.splitlines()]
    assert messages == [f"data in {tmp_path.resolve()}", "a request failed"]


def test_tanya_mcp_answers_over_its_pipes(tmp_path: Path, model_folder: Path) -> None:
    async def asked() -> CallToolResult:
        tanya = Path(sys.executable).with_name("tanya")
        environment = {**os.environ, "TANYA_HOME": str(tmp_path), "TANYA_MODEL": str(model_folder)}
        started = StdioServerParameters(command=str(tanya), args=["mcp"], env=environment)
        async with Client(started) as client:
            return await client.call_tool("ask", {"question": "Siapa?"})

    result = asyncio.run(asked())
    assert result.structured_content is not None
    assert result.structured_content["abstention"]["reason"] == "empty_corpus"
