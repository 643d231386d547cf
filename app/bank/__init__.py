"""The item bank in the database: versioned items, cases and blueprints."""
