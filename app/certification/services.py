def on_attempt_scored(db_session, fact):
    pass


def on_room_scored(db_session, fact):
    pass
