from tests.session.small_session import files
from tests.ui.small_window import empty_window, window

__all__ = ["empty_window", "files", "window"]
