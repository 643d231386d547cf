"""Items, responses, scoring, blueprints and forms: pure, without web, database or clock."""
