"""强赛马: seasons, divisions by scale, promotion and relegation, 集体排位赛."""
