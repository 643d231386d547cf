"""The OpenAPI 3.1 document of what programs may call, made of the routes themselves.

Paths, parameters and roles come from the routes' own declarations, bodies from the models that
check them: what is not declared cannot be called, and what is declared cannot be forgotten here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from pydantic import BaseModel
from werkzeug.routing import Rule

from app.core.web import ANYONE

PREFIX = "/api/v1/"
VERSION = "1.0.0"

_STATUS = re.compile(r"(?:^|; )(\d{3})\b([^;]*)")
_CONVERTER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")

ERROR = {
    "type": "object",
    "required": ["type", "message"],
    "properties": {
        "type": {"type": "string", "description": "code of the refusal"},
        "message": {"type": "string", "description": "the same in words"},
        "saved": {"type": "boolean"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def document(app: Flask, base_url: str) -> dict[str, Any]:
    """Return the document.

    Args:
        app: The application.
        base_url: Its public address.
    """
    schemas: dict[str, Any] = {"Error": ERROR}
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, one.endpoint)):
        if not rule.rule.startswith(PREFIX):
            continue
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operation = _operation(rule, method, view, schemas)
            paths.setdefault(_CONVERTER.sub(r"{\1}", rule.rule), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "操盘手认证 API",
            "version": VERSION,
            "description": "Checking certificates and reading the own staff, for programs. "
            "Tokens are made by a provider's manager; moments are ISO 8601 in UTC. Webhook "
            "messages carry `Caopan-Signature: t=<seconds>,v1=<hex>`: v1 is the HMAC-SHA-256, "
            "keyed with the endpoint's secret as shown, of t, a full stop and the body's bytes; "
            "during a change of secrets there are two. Refuse a t more than five minutes away; "
            "tell repeats by `id`.",
        },
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }


def _operation(
    rule: Rule, method: str, view: Callable[..., Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    roles = tuple(getattr(view, "access", ()))
    scope = getattr(view, "scope", None)
    fields: dict[str, str] = getattr(view, "fields", {})
    out: dict[str, Any] = {
        "operationId": f"{rule.endpoint.replace('.', '_')}_{method.lower()}",
        "summary": (view.__doc__ or "").strip().partition("\n")[0],
        "responses": _responses(view, schemas),
        "security": _security(roles, None if scope is None else str(scope)),
    }
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
        }
        for name in sorted(rule.arguments)
    ]
    is_keyed = getattr(view, "is_keyed", scope is not None)
    if method != "GET" and (is_keyed or "key" in fields):
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": is_keyed,
                "description": "8 to 64 ASCII characters; a repeated key is answered as before",
                "schema": {"type": "string", "minLength": 8, "maxLength": 64},
            }
        )
    if method == "GET":
        parameters += [
            {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
            for name, text in fields.items()
        ]
    if parameters:
        out["parameters"] = parameters
    if body := _body(method, view, fields, schemas):
        out["requestBody"] = body
    return out


def _security(roles: tuple[str, ...], scope: str | None) -> list[dict[str, list[str]]]:
    if scope is not None:
        return [{"token": [scope]}]
    return [] if ANYONE in roles else [{"session": list(roles)}]


def _body(
    method: str, view: Callable[..., Any], fields: dict[str, str], schemas: dict[str, Any]
) -> dict[str, Any] | None:
    if method == "GET":
        return None
    asks: type[BaseModel] | None = getattr(view, "asks", None)
    if asks is not None:
        return {"required": True, "content": _json(_reference(asks, schemas, "validation"))}
    if not fields:
        return None
    properties = {name: {"description": text} for name, text in fields.items()}
    return {"content": _json({"type": "object", "properties": properties})}


def _responses(view: Callable[..., Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the answers that a route declares, by status."""
    found: dict[str, list[str]] = {}
    for status, text in _STATUS.findall(getattr(view, "answers", "")):
        found.setdefault(status, []).append(text.strip())
    answer: type[BaseModel] | None = getattr(view, "answer_model", None)
    out = {}
    for status, texts in found.items():
        one: dict[str, Any] = {"description": "; ".join(filter(None, texts)) or status}
        if int(status) >= 400:
            one["content"] = _json({"$ref": "#/components/schemas/Error"})
        elif status == "200" and answer is not None:
            one["content"] = _json(_reference(answer, schemas, "serialization"))
        out[status] = one
    return out or {"200": {"description": "done"}}


def _reference(model: type[BaseModel], schemas: dict[str, Any], mode: Any) -> dict[str, str]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
