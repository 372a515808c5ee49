"""The contract: kept in the repository, complete, and its examples run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.examples import EXAMPLES
from tests.contract import SNAPSHOT, contract_of_app
from tests.corpus import make_article, make_service, put

CONTRACT: Any = json.loads(SNAPSHOT.read_text())
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path, threshold=0.0, allow_private=True)  # so that no name is looked up
    for text in ("BPBD Cilegon membeli 36 perahu karet.", "BPBD Cilegon membeli 37 perahu karet."):
        put(service.store, make_article("perahu-1", text, outlet="Kabar Banten"))
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    app = create_api(service)
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:
        yield client


def test_the_contract_in_the_repository_is_the_app_s() -> None:
    assert contract_of_app() == SNAPSHOT.read_text(), (
        "The contract has changed: write it anew with `make contract` (python -m tests.contract), and raise "
        "qa_service.contract.VERSION as docs/api.md says."
    )


def test_every_response_is_named_and_every_reference_leads_somewhere() -> None:
    def references(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                yield from references(each)

    known = {f"#/components/schemas/{name}" for name in CONTRACT["components"]["schemas"]}
    assert set(references(CONTRACT)) <= known
    linked = {
        link["operationId"]
        for _, _, operation in OPERATIONS.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    }
    assert linked <= set(OPERATIONS)
    assert {"answer", "article", "delete_article", "delete_webhook", "job", "revision"} <= linked


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_documents_what_any_request_may_come_to(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    statuses = set(operation["responses"])
    if path.startswith("/health"):
        assert operation["security"] == []
        assert statuses in ({"200"}, {"200", "503"})
        return
    assert {"401", "429"} <= statuses
    if method in ("post", "put"):
        assert {"400", "413", "415", "422", "503"} <= statuses
    if path.startswith(("/articles", "/jobs")) and method != "get":
        assert "403" in statuses
    assert all(
        list(response["content"]) == ["application/problem+json"]
        for status, response in operation["responses"].items()
        if status >= "400"
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_one_tag(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    assert len(operation["tags"]) == 1


def test_a_key_goes_into_either_of_two_headers() -> None:
    schemes = CONTRACT["components"]["securitySchemes"]
    assert CONTRACT["security"] == [{}, {"bearer": []}, {"header": []}]
    assert (schemes["bearer"]["scheme"], schemes["header"]["name"]) == ("bearer", "X-API-Key")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_the_examples_of_responses_fit_their_schemas(example: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{type(example).__name__}", **CONTRACT}
    Draft202012Validator(schema).validate(example.model_dump(mode="json"))


# The examples of requests


def bodies(name: str) -> list[tuple[str, Any]]:
    """The examples of an operation's bodies, with their media types."""
    _, _, operation = OPERATIONS[name]
    found: list[tuple[str, Any]] = []
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        if "$ref" in schema:
            schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        shown = [each["value"] for each in content.get("examples", {}).values()]
        found += [(media_type, each) for each in shown or schema["examples"]]
    return found or [("", None)]


def made(client: TestClient) -> dict[str, str]:
    """What can stand in a path, as the service has made it."""
    asked = client.post("/ask", json={"question": "BPBD Cilegon membeli berapa perahu karet?"}).json()
    job = client.post("/articles", json=[{"text": "Banjir surut.", "id": "banjir-2"}]).json()
    hook = client.post(f"/answers/{asked['id']}/webhooks", json={"url": "http://127.0.0.1:9000/"}).json()
    (revision,) = client.get("/articles/perahu-1/revisions").json()
    return {
        "article_id": "perahu-1",
        "answer_id": asked["id"],
        "model_id": "tanya",
        "webhook_id": hook["id"],
        "job_id": job["id"],
        "content_hash": revision["content_hash"],
    }


def sent(client: TestClient, name: str, media_type: str, body: Any) -> Any:
    """The response to the operation's example."""
    method, path, operation = OPERATIONS[name]
    named = made(client)
    query = {
        parameter["name"]: parameter["schema"]["examples"][0]
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["required"]
    }
    if media_type == "multipart/form-data":
        files = [(field, ("berita.txt", text)) for field, texts in body.items() for text in texts]
        return client.request(method, path.format_map(named), files=files)
    return client.request(method, path.format_map(named), params=query, json=body)


@pytest.mark.parametrize(
    ("name", "media_type", "body"),
    [(name, *each) for name in OPERATIONS for each in bodies(name)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_example_of_a_request_gets_a_documented_success(
    client: TestClient, name: str, media_type: str, body: Any
) -> None:
    response = sent(client, name, media_type, body)
    _, _, operation = OPERATIONS[name]
    assert response.status_code < 300, response.text
    documented = operation["responses"][str(response.status_code)]
    if response.status_code == 204:
        assert "content" not in documented
        return
    content = documented["content"][response.headers["content-type"].partition(";")[0]]
    if response.headers["content-type"] == "application/json":
        Draft202012Validator({**content["schema"], **CONTRACT}).validate(response.json())
    if name == "add_articles":
        assert response.headers["location"]
        wait_for(client, response.headers["location"])


def wait_for(client: TestClient, location: str) -> None:
    """Until the job is done, if it is one."""
    deadline = time.monotonic() + 30
    while location.startswith("/jobs/") and not client.get(location).json()["finished_at"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
