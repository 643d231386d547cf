"""The season 赛季 of contests: calendar, qualifying points by rule, hall of honour."""
