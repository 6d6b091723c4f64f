"""The contract itself: the OpenAPI document, and a page that shows it without a line of script."""

from copy import deepcopy
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone
from midway.api.problem import DOCS, JSON, KINDS, PROBLEM_JSON, TITLES

# Refusals that can meet any request, before its route is asked.
ANYWHERE = {"get": (400, 429, 500), "post": (400, 413, 415, 429, 500)}


@anyone
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(_written(), content_type=JSON)


@anyone
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document for people."""
    return render(request, "api/docs.html", {"info": document()["info"], "parts": _parts(), "kinds": KINDS})


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document as ninja derives it from the types, with the refusals every route shares."""
    from midway.api.v1.routes import api

    derived = api.get_openapi_schema(path_prefix="/api/v1/")
    found: dict[str, Any] = orjson.loads(orjson.dumps(derived, option=orjson.OPT_NON_STR_KEYS))
    for methods in found["paths"].values():
        for method, operation in methods.items():
            _complete(operation, method)
    scheme = next(iter(found["components"].get("securitySchemes", {})), None)
    for methods in found["paths"].values():
        if scheme and "401" in methods.get("post", {}).get("responses", {}):
            # A token is welcome where strangers may come too: it acts for the office.
            methods["post"].setdefault("security", [{}, {scheme: []}])
    found["servers"] = [{"url": "/"}]
    return found


def _complete(operation: dict[str, Any], method: str) -> None:
    responses: dict[str, Any] = operation["responses"]
    shared = {"$ref": "#/components/schemas/ProblemOut"}
    for status in map(str, ANYWHERE[method]):
        responses.setdefault(status, {"content": {JSON: {"schema": shared}}})
    for status, response in responses.items():
        if int(status) >= 400:
            response["description"] = TITLES[int(status)]
            response["content"] = {PROBLEM_JSON: response["content"].pop(JSON)}
    operation["responses"] = dict(sorted(responses.items()))


def as_text() -> str:
    """The document as it is kept in docs/api/openapi.json."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


@cache
def _written() -> bytes:
    return orjson.dumps(document())


@cache
def _parts() -> list[dict[str, Any]]:
    parts: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            shown = {**operation, "path": path, "method": method.upper(), "body": _body(operation)}
            parts.setdefault(operation["tags"][0], []).append(shown)
    return [{"name": name, "operations": operations} for name, operations in parts.items()]


def _body(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of the request body, nested ones as `customer.email`."""
    content = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    return _fields(deepcopy(content.get("schema", {})))


def _fields(schema: dict[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    schemas = document()["components"]["schemas"]
    for choice in schema.get("anyOf", []):
        if "$ref" in choice:
            schema = choice
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    rows: list[dict[str, Any]] = []
    for name, details in schema.get("properties", {}).items():
        inner = _fields(details, f"{prefix}{name}.")
        required = name in schema.get("required", [])
        rows += inner or [{"name": prefix + name, "kind": _kind(details), "required": required, **_about(details)}]
    return rows


def _kind(details: dict[str, Any]) -> str:
    if "enum" in details:
        return " | ".join(map(str, details["enum"]))
    if "anyOf" in details:
        return " | ".join(_kind(choice) for choice in details["anyOf"])
    return str(details.get("format", details.get("type", "")))


def _about(details: dict[str, Any]) -> dict[str, Any]:
    return {"about": details.get("description", "")}


__all__ = ["DOCS", "as_text", "docs", "document", "openapi"]
