from flask import Blueprint
bp = Blueprint("rooms", __name__, template_folder="templates")
