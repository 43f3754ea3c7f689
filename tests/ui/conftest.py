from tests.session.small_session import files, nothing_open, session

__all__ = ["files", "nothing_open", "session"]
