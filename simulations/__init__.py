"""Simulated live rooms: scenarios, actions, the engine, policies, scoring, calibration.

Pure: no web, no database, no clock, no global chance. A room is a function of (engine version,
scenario, keys, action log, tick); see `rooms` for what callers need, `scoring` for the result,
`observing` for what a cockpit may show, `engines` for the model itself.
"""
