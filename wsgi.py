"""The WSGI application of this process: `application` for servers, `app` for commands."""

import gc
import os

# What a start makes stays: looking for garbage among it costs a seventh of the time, and later
# collections need not look at it again.
gc.disable()

from app.core.bodies import Bodies  # noqa: E402
from app.core.config import Settings  # noqa: E402
from app.core.logs import configure_logs  # noqa: E402
from app.factory import create_app  # noqa: E402
from app.serve import server_numbers  # noqa: E402

settings = Settings.from_environ(os.environ)
configure_logs(settings.log_level)
app = create_app(settings)
application = Bodies(
    app, turns=server_numbers(settings)[1], most_bytes=app.config["MAX_CONTENT_LENGTH"]
)

gc.freeze()
gc.enable()
# A request makes some ten thousand objects, and nearly all go without any search for cycles.
gc.set_threshold(20_000, 20, 20)
