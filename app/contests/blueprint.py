"""The blueprint that every page of contests belongs to."""

from flask import Blueprint

bp = Blueprint("contests", __name__, template_folder="templates", url_prefix="/contests")
