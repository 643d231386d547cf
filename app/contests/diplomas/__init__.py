"""Diplomas 奖状 of a contest: a number, a page that checks it, a sheet of paper."""
