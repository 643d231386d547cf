"""The table of errors: what each class answers, to pages and to JSON alike."""

from __future__ import annotations

import logging
import secrets

import psycopg
from flask import Flask, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.core import errors
from app.core.db import sqlite
from app.core.typed import typed_or_none, typed_page

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 2
"""What a client is told when the database is away for a moment."""

STATUS_OF: dict[type[Exception], int] = {
    errors.NotFoundError: 404,
    errors.ForbiddenError: 403,
    errors.ConflictError: 409,
    errors.IdempotencyKeyReusedError: 422,
    errors.IncompleteRequestError: 400,
    errors.InvalidInputError: 422,
    errors.RateLimitedError: 429,
    errors.StorageUnavailableError: 503,
    StaleDataError: 409,
    IntegrityError: 409,
    DataError: 422,
    OperationalError: 503,
    DBAPIError: 503,
    PoolTimeoutError: 503,
    # The hot write path speaks to the driver, whose errors nobody has wrapped.
    sqlite.IntegrityError: 409,
    sqlite.Error: 503,
    psycopg.IntegrityError: 409,
    psycopg.DataError: 422,
    psycopg.Error: 503,
}

MESSAGE_OF = {
    "csrf_failed": _("页面已过期，请刷新后重试"),
    "idempotency_key_missing": _("请求不完整"),
    "bad_json": _("请求不完整"),
    "login_required": _("请先登录"),
    "login_failed": _("账号或密码不正确"),
    "forbidden": _("没有权限"),
    "second_person_required": _("需要另一位成员确认"),
    "not_found": _("没有找到"),
    "method_not_allowed": _("这个地址不接受这种请求"),
    "conflict": _("内容刚被改动，请刷新后再试"),
    "attempt_closed": _("考试已交卷，不能再修改"),
    "deadline_passed": _("考试时间已到，这次修改没有保存"),
    "superseded_session": _("考试已在另一处打开，此处不能再作答"),
    "too_large": _("文件过大"),
    "unsupported_type": _("文件类型不支持"),
    "invalid": _("内容有误"),
    "idempotency_key_reused": _("请求重复但内容不同"),
    "exam_in_progress": _("考试进行中，暂时不能查看"),
    "rate_limited": _("操作太频繁，请稍后再试"),
    "storage_unavailable": _("暂时无法保存，答案已留在本机，将自动重试"),
    "internal": _("系统出了问题，已经记录，请稍后再试"),
}
"""Words for each code of reliability.md section 2; features add theirs by `add_messages`."""

CODE_OF_STATUS = {
    400: "bad_json",
    401: "login_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_type",
    422: "invalid",
    429: "rate_limited",
    503: "storage_unavailable",
}


TITLE_OF_STATUS = {
    400: _("请求没有被接受"),
    401: _("需要登录"),
    403: _("这里不对你开放"),
    404: _("没有这个页面"),
    405: _("请求没有被接受"),
    409: _("没有保存"),
    413: _("没有保存"),
    415: _("没有保存"),
    422: _("没有保存"),
    423: _("现在不能查看"),
    429: _("请稍等一会儿"),
    500: _("出了问题"),
    503: _("暂时不可用"),
}
"""What an error page says first."""


def _advice(retry_after_s: int | None) -> str:
    if retry_after_s is None:
        return ""
    if retry_after_s < 60:
        return str(gettext("%(n)s 秒后可以再试", n=retry_after_s))
    return str(gettext("%(n)s 分钟后可以再试", n=-(-retry_after_s // 60)))


def add_messages(messages: dict[str, object]) -> None:
    """Add a feature's words for its own error codes.

    Raises:
        ValueError: If another feature has other words for a code: one of the two would be told
            the other's.
    """
    taken = [code for code, words in messages.items() if MESSAGE_OF.get(code, words) is not words]
    if taken:
        raise ValueError(f"error codes of two features: {sorted(taken)}")
    MESSAGE_OF.update(messages)


def wants_json() -> bool:
    """Say whether the answer to this request is read by a program."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    accept = request.accept_mimetypes
    return accept.best == "application/json" and not accept.accept_html


def answer_error(
    status: int,
    code: str,
    *,
    details: list[dict[str, object]] | None = None,
    retry_after_s: int | None = None,
) -> ResponseReturnValue:
    """Answer a refusal as JSON or as a page, in the same words."""
    message = str(MESSAGE_OF.get(code) or MESSAGE_OF["invalid"])
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    if wants_json():
        body: dict[str, object] = {"type": code, "message": message}
        if status >= 400 and request.method != "GET":
            body["saved"] = False
        if details:
            body["errors"] = details
        return jsonify(body), status, headers
    incident = secrets.token_hex(4)
    logger.info("incident %s: %s %s -> %d %s", incident, request.method, request.path, status, code)
    page = render_template(
        "error.html",
        status=status,
        code=code,
        title=TITLE_OF_STATUS.get(status, TITLE_OF_STATUS[500]),
        message=message,
        advice=_advice(retry_after_s),
        details=details or [],
        retry_after_s=retry_after_s,
        incident=incident,
    )
    return page, status, headers


def register_error_pages(app: Flask) -> None:
    """Give every class of the table its answer; nothing ever shows a stack trace."""

    def refused(error: Exception) -> ResponseReturnValue:
        status = next(STATUS_OF[cls] for cls in type(error).__mro__ if cls in STATUS_OF)
        if isinstance(error, errors.DomainError):
            code = error.code
        else:
            code = CODE_OF_STATUS.get(status, "conflict")
        level = logging.WARNING if status >= 500 else logging.INFO
        logger.log(level, "%s -> %d: %s", type(error).__name__, status, error)
        retry = getattr(error, "retry_after_s", RETRY_AFTER_S if status == 503 else None)
        return answer_error(
            status, code, details=getattr(error, "errors", None), retry_after_s=retry
        )

    for cls in STATUS_OF:
        app.register_error_handler(cls, refused)

    @app.errorhandler(CSRFError)
    def csrf_failed(error: CSRFError) -> ResponseReturnValue:
        typed = None if wants_json() else typed_or_none()
        if typed is not None and current_user.is_authenticated:
            return typed_page(typed, is_signed_in=True, status=400)
        return answer_error(400, "csrf_failed")

    @app.errorhandler(OverflowError)
    def beyond_every_row(error: OverflowError) -> ResponseReturnValue:
        # SQLite's driver says so itself before it asks; PostgreSQL's answers with a DataError.
        if "SQLite INTEGER" not in str(error):
            return unexpected(error)
        if request.method in ("GET", "HEAD"):
            return answer_error(404, "not_found")
        return answer_error(422, "invalid")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        if status == 401 and not wants_json():
            typed = typed_or_none()
            if typed is not None:
                return typed_page(typed, is_signed_in=False, status=401)
            here = request.full_path if request.method == "GET" else "/"
            return redirect(url_for("accounts.sign_in", next=here.rstrip("?")))
        return answer_error(status, CODE_OF_STATUS.get(status, "invalid"))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        logger.exception("unexpected error on %s %s", request.method, request.path)
        return answer_error(500, "internal")


def message_of(code: str) -> str:
    """Return the words for an error code in the reader's language."""
    return str(MESSAGE_OF.get(code) or gettext("内容有误"))
