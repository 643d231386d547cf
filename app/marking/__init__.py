"""评阅: people mark written answers, twice and blind, by a rubric."""
