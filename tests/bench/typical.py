"""A typical well-written Flask application with the same exam attempt: the yardstick.

Flask-Login by the ORM, CSRF tokens, Argon2id at OWASP's numbers, Jinja pages, and for an answer the
ORM's get, set and commit; SQLite in WAL. What the product takes for a request is told in multiples
of what this takes for the same request in the same minutes: a slow machine is slow for both.
"""

from __future__ import annotations

import os
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, Response, jsonify, redirect, render_template, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import ForeignKey, event, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

ITEMS = 20
PASSWORD = "a typical password 7"
STEM = "直播间开播第四十分钟，在线人数比上一场同一时刻少两成，商品点击率不变，付款率下降。" * 3
CHOICE = "先核对商品链接与库存，再看近五分钟的成交与退款，最后决定是否调整讲解顺序"

db = SQLAlchemy()
hasher = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]


class Question(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    stem: Mapped[str]
    key: Mapped[str]
    choices: Mapped[list[Choice]] = relationship(order_by="Choice.id")


class Choice(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    label: Mapped[str]
    text: Mapped[str]


class Attempt(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    is_over: Mapped[bool] = mapped_column(default=False)
    score: Mapped[int | None]


class Answer(db.Model):  # type: ignore[name-defined,misc]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    selected: Mapped[str]


def set_pragmas(connection: Any, _: Any) -> None:
    """Let SQLite write as careful tutorials advise."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def create_app(database_url: str) -> Flask:
    """Return the application; its tables are made by `fill`."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="a yardstick keeps no secrets", SQLALCHEMY_DATABASE_URI=database_url
    )
    db.init_app(app)
    CSRFProtect(app)
    logins = LoginManager(app)

    with app.app_context():
        event.listen(db.engine, "connect", set_pragmas)

    @logins.user_loader
    def load(user_id: str) -> User | None:
        return db.session.get(User, int(user_id))

    def own_attempt(attempt_id: int) -> Attempt:
        attempt = db.get_or_404(Attempt, attempt_id)
        if attempt.user_id != current_user.id:
            raise PermissionError
        return attempt

    def given_in(attempt: Attempt) -> dict[int, str]:
        found = db.session.scalars(select(Answer).where(Answer.attempt_id == attempt.id))
        return {one.question_id: one.selected for one in found}

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.get("/sign-in")
    def sign_in() -> str:
        return render_template("sign_in.html", title="登录")

    @app.post("/sign-in")
    def signed_in() -> Any:
        user = db.session.scalar(select(User).where(User.account == request.form["account"]))
        if user is None:
            return Response(status=403)
        hasher.verify(user.password, request.form["password"])
        login_user(user)
        return redirect("/exams", 303)

    @app.get("/exams")
    @login_required
    def exams() -> str:
        found = db.session.scalars(select(Attempt).where(Attempt.user_id == current_user.id))
        return render_template("exams.html", title="考试", attempts=found.all())

    @app.post("/start")
    @login_required
    def start() -> Any:
        attempt = Attempt(user_id=current_user.id)
        db.session.add(attempt)
        db.session.commit()
        return redirect(f"/attempts/{attempt.id}", 303)

    @app.get("/attempts/<int:attempt_id>")
    @login_required
    def paper(attempt_id: int) -> str:
        attempt = own_attempt(attempt_id)
        questions = db.session.scalars(select(Question).limit(ITEMS)).all()
        return render_template(
            "paper.html", title="试卷", questions=questions, given=given_in(attempt)
        )

    @app.post("/attempts/<int:attempt_id>/save")
    @login_required
    def save(attempt_id: int) -> Any:
        attempt = own_attempt(attempt_id)
        if attempt.is_over:
            return Response(status=409)
        sent = request.get_json()
        answer = db.session.get(Answer, (attempt.id, sent["position"]))
        if answer is None:
            answer = Answer(attempt_id=attempt.id, question_id=sent["position"])
            db.session.add(answer)
        answer.selected = sent["selected"]
        db.session.commit()
        return jsonify(ack=sent["sequence"])

    @app.post("/attempts/<int:attempt_id>/submit")
    @login_required
    def submit(attempt_id: int) -> Any:
        attempt = own_attempt(attempt_id)
        given = given_in(attempt)
        questions = db.session.scalars(select(Question).limit(ITEMS))
        attempt.score = sum(given.get(one.id) == one.key for one in questions)
        attempt.is_over = True
        db.session.commit()
        return jsonify(redirect=f"/attempts/{attempt.id}/result")

    @app.get("/attempts/<int:attempt_id>/result")
    @login_required
    def result(attempt_id: int) -> str:
        attempt = own_attempt(attempt_id)
        questions = db.session.scalars(select(Question).limit(ITEMS)).all()
        return render_template(
            "result.html",
            title="成绩",
            attempt=attempt,
            questions=questions,
            given=given_in(attempt),
        )

    return app


def fill(database_url: str, candidates: int) -> list[str]:
    """Make the tables, a paper of 20 and candidates; return their accounts."""
    app = create_app(database_url)
    hashed = hasher.hash(PASSWORD)
    accounts = [f"c{number}@example.cn" for number in range(candidates)]
    with app.app_context():
        db.create_all()
        db.session.add_all(User(account=one, password=hashed) for one in accounts)
        for number in range(ITEMS):
            choices = [Choice(label=label, text=f"{CHOICE}（{label}）") for label in "abcd"]
            db.session.add(Question(stem=f"{number} {STEM}", key="a", choices=choices))
        db.session.commit()
        db.engine.dispose()
    return accounts


def __getattr__(name: str) -> Flask:
    """Make `application` when the server asks for it, and not for those who import `fill`."""
    if name != "application":
        raise AttributeError(name)
    return create_app(os.environ["DATABASE_URL"])
