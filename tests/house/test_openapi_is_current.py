"""The contract in docs/api is the one that is served."""

from pathlib import Path

from midway.api.v1.documents import as_text, document


def test_the_committed_document_is_the_one_derived_from_the_types() -> None:
    kept = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"
    assert kept.read_text() == as_text(), "Run python tools/openapi.py and commit docs/api/openapi.json"


def test_every_refusal_is_a_problem_document() -> None:
    for methods in document()["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                assert list(response["content"]) == [
                    "application/problem+json" if int(status) >= 400 else "application/json"
                ]
