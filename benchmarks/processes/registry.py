"""The registry's HTTP side, as its `main` serves it:
`TRISKEL_DATABASE_URL=… python -m benchmarks.processes.registry PORT TOKEN_FILE`.

It writes a coordinator's token, which it really checks, into the file.
"""

import os
import sys
from pathlib import Path

from triskel.chassis.http.server import serve
from triskel.chassis.service import create_app, tune_gc
from triskel.chassis.telemetry import configure_logs, configure_traces
from triskel.chassis.testing.client import settings_for
from triskel.chassis.testing.tokens import Tokens
from triskel.contracts.codes import Role
from triskel.registry.main import SPEC
from triskel.registry.settings import Settings

port, token_file = sys.argv[1:]
tokens = Tokens()
Path(token_file).write_text(tokens.token(Role.COORDINATOR), encoding="utf-8")
configure_logs("warning", "json")
configure_traces("registry", None)
settings = settings_for(
    Settings, os.environ["TRISKEL_DATABASE_URL"], tokens, host="127.0.0.1", port=int(port)
)
app = create_app(SPEC, settings, connect=False, fetch=tokens.fetch)
tune_gc()
serve(app, settings)
