from flask import Blueprint
bp = Blueprint("providers", __name__, template_folder="templates")
