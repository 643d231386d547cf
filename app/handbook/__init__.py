"""The operator's handbook 操盘手手册: chapters that items, drills and debriefs lead to."""
