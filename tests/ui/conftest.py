from tests.session.small_session import files, nothing_open, session
from tests.ui.small_window import empty_window, window

__all__ = ["empty_window", "files", "nothing_open", "session", "window"]
