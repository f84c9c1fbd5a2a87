"""The services as applications that nothing is connected to."""

from importlib import import_module

from fastapi import FastAPI

from triskel.chassis.service import create_app
from triskel.chassis.testing import Tokens, settings_for


def app_of(service: str, tokens: Tokens) -> FastAPI:
    spec = import_module(f"triskel.{service}.main").SPEC
    mail = {"smtp_url": "smtp://localhost", "mail_from": "a@b.example"}
    more = mail if service == "notifications" else {}
    settings = settings_for(spec.settings, "postgresql://nobody@127.0.0.1:9/none", tokens, **more)
    app: FastAPI = create_app(spec, settings, connect=False, fetch=tokens.fetch)
    return app
