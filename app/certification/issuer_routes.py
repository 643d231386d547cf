"""What verifiers fetch from the issuer: keys, profile, achievements, status lists, the root."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.certification import keys, status_lists
from app.certification.blueprint import bp
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.web import ANYONE, access
from certificates.authority import to_pem
from certificates.badges import achievement_of, issuer_address
from certificates.credentials import EXPERT_COMMITTEE
from certificates.levels import Level
from certificates.status_lists import StatusPurpose

KEPT_FOR = timedelta(minutes=5)
"""How long caches may keep an answer: far below the day that a status list is good for."""


@bp.get("/.well-known/jwks.json")
@access(ANYONE, answers="200 JWK Set: every key, active, retired and compromised; cacheable")
def jwks() -> ResponseReturnValue:
    """Publish the issuer's keys."""
    issuer = issuer_address(_settings().public_base_url)
    found = keys.key_set(db.session(), issuer)
    return _public(jsonify(found.to_jwks()), "application/jwk-set+json")


@bp.get("/issuer")
@access(ANYONE, answers="200 Open Badges profile of the issuer, with `jwks_uri`; cacheable")
def issuer() -> ResponseReturnValue:
    """Say who issues."""
    base = _settings().public_base_url
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": issuer_address(base),
        "type": ["Profile"],
        "name": EXPERT_COMMITTEE.name,
        "description": EXPERT_COMMITTEE.name_en,
        "url": base,
        "jwks_uri": f"{base}/.well-known/jwks.json",
    }
    return _public(jsonify(document), "application/json")


@bp.get("/issuer/root.pem")
@access(ANYONE, answers="200 PEM: the roots of the file signatures, newest first; 404; cacheable")
def root() -> ResponseReturnValue:
    """Give the root certificate, for programs that check PDF signatures."""
    found = keys.root_certificates(db.session())
    if not found:
        raise NotFoundError("root certificate")
    text = "".join(to_pem(certificate) for certificate in found)
    return _public(Response(text), "application/x-pem-file")


@bp.get("/achievements/operator-<level>")
@access(ANYONE, answers="200 Open Badges achievement: junior, intermediate, senior; 404; cacheable")
def achievement(level: str) -> ResponseReturnValue:
    """Say what a level certifies."""
    if level not in set(Level):
        raise NotFoundError(f"level {level:.20}")
    settings = _settings()
    document = achievement_of(Level(level), settings.public_base_url, is_demo=settings.is_demo)
    return _public(jsonify(document), "application/json")


@bp.get("/status/<int:list_number>/<purpose>")
@access(
    ANYONE,
    answers="200 application/vc+jwt, a signed BitstringStatusListCredential valid for 24 hours; "
    "304; 404; 503 keys_missing; cacheable",
)
def status_list(list_number: int, purpose: str) -> ResponseReturnValue:
    """Publish a status list; `purpose` is revocation or suspension."""
    if purpose not in set(StatusPurpose):
        raise NotFoundError(f"status purpose {purpose:.20}")
    made = status_lists.signed_list(
        db.session(),
        list_number,
        StatusPurpose(purpose),
        settings=_settings(),
        field_keys=_field_keys(),
        now=clock.now(),
    )
    answer = _public(Response(made.token), "application/vc+jwt")
    answer.set_etag(made.etag)
    return answer.make_conditional(request)


def _public(answer: Response, mimetype: str) -> Response:
    """Let caches keep an answer and programs of other sites read it: it is the same for all."""
    answer.mimetype = mimetype
    answer.headers["Cache-Control"] = f"public, max-age={int(KEPT_FOR.total_seconds())}"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _field_keys() -> FieldKeys:
    found: FieldKeys = current_app.extensions["field_keys"]
    return found
