"""The contract as the app tells it; `python -m tests.contract` (`make contract`) writes docs/openapi.json."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from qa_service.api import create_api
from tests.corpus import make_service

SNAPSHOT = Path(__file__).parents[1] / "docs" / "openapi.json"


def contract_of_app() -> str:
    """The contract as JSON, the same for the same contract."""
    with tempfile.TemporaryDirectory() as home:
        service = make_service(Path(home))
        try:
            contract = create_api(service).openapi()
        finally:
            service.close()
    return json.dumps(contract, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(contract_of_app())
    print(f"written: {SNAPSHOT}; what is removed, renamed or newly demanded needs a new major version")
