"""Structured logs: one JSON object a line, never a password, key, answer or session id."""

from __future__ import annotations

import logging
import logging.config

import structlog


def configure_logs(level: str) -> None:
    """Send every logger of this process to standard error as JSON lines."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.JSONRenderer(ensure_ascii=False),
                    ],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                # A job that is left out while its last run goes on is a long one at work; what
                # fails in a job is logged by `app.scheduler`.
                "apscheduler": {"level": "ERROR"},
                "_granian": {"level": "WARNING"},
                "granian.access": {"level": "WARNING"},
            },
        }
    )
