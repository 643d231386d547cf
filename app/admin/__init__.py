"""Platform administration: health, audit, people."""
