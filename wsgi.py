"""The WSGI application of this process."""

import os

from app.core.config import Settings
from app.core.logs import configure_logs
from app.factory import create_app

settings = Settings.from_environ(os.environ)
configure_logs(settings.log_level)
app = create_app(settings)
