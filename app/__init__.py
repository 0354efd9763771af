"""Switchyard: a control room for A/B experiments."""

import os
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from app import command_line
from app.core import config, metrics, private_files
from app.database import connections
from app.database.engine import db
from app.events import group_commits, not_counted
from app.events.kept import event_stream, keeping, kept_events
from app.serving import memory, visitor_sample
from app.web import around_requests, host_names
from app.web.extensions import csrf, login_manager
from app.web.late_rules import LateRule
from app.web.limits import concurrency, rate_limits
from app.web.request_log import logs, refused_requests
from app.web.sessions import last_uses, sessions

ROOT = Path(__file__).parent.parent


class OrderedJson(DefaultJSONProvider):
    """JSON in the order of the contracts' examples, for whoever compares with them."""

    sort_keys = False


class Switchyard(Flask):
    """The application class: Flask, with the JSON above, late rules, and one login manager."""

    json_provider_class = OrderedJson
    url_rule_class = LateRule
    # Not by its init_app, which would open every session for a cookie that is never set.
    login_manager = login_manager


def create_app(environment: Mapping[str, str] | None = None, instance: Path | None = None) -> Flask:
    """Return the application, wired.

    Settings come from `environment`, by default the process's own.
    """
    app = Switchyard(
        "app",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(instance or ROOT / "instance"),
    )
    settings = os.environ if environment is None else environment
    app.config.update(config.load(settings, Path(app.instance_path)))
    metrics.of_process.count_in(app.config["METRICS_FOLDER"])
    logs.register(app)
    db.init_app(app)
    with app.app_context():
        connections.prepare(db.engine, is_pooled=app.config["DATABASE_IS_POOLED"])
        private_files.keep_private(Path(app.instance_path), db.engine)
    csrf.init_app(app)
    rate_limits.register(app)
    concurrency.register(app)
    memory.register(app)
    kept_events.register(app)
    keeping.register(app)
    group_commits.register(app)
    event_stream.register(app)
    last_uses.register(app)
    not_counted.register(app)
    visitor_sample.register(app)
    sessions.register(app)
    host_names.register(app)
    refused_requests.register(app)
    around_requests.register(app)
    command_line.register(app)
    if command_line.answers_requests():
        from app import doors  # noqa: PLC0415 - a command begins a third of its CPU sooner

        doors.register(app)
    _trust_proxies(app)
    return app


def _trust_proxies(app: Flask) -> None:
    count = app.config["TRUSTED_PROXIES"]
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
