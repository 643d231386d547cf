"""The blueprint that the feature's route modules share."""

from flask import Blueprint

bp = Blueprint("certification", __name__, template_folder="templates")
