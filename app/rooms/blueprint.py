"""The blueprint that the feature's route modules share."""

from flask import Blueprint

bp = Blueprint("rooms", __name__, template_folder="templates", url_prefix="/rooms")
