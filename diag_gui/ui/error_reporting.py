"""Errors nobody caught: logged, and said in the status bar with details to copy; the window stays."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType

from diag_gui.session.controller import Controller

_log = logging.getLogger("diag_gui")


def report_uncaught(controller: Controller) -> None:
    """Send every uncaught error of this process to ``controller``; from other threads, through Qt's queue."""

    def on_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt) or not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        _log.error("uncaught error", exc_info=(kind, error, trace))
        # Through Qt's queue: a panel that fails does so while a change is announced, when nothing can be committed.
        controller.error_raised.emit(error)

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if isinstance(args.exc_value, Exception):
            _log.error("uncaught error in thread %s", args.thread, exc_info=args.exc_value)
            controller.error_raised.emit(args.exc_value)

    sys.excepthook = on_main
    threading.excepthook = on_thread


def report_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Send Qt's own messages to the log, at the level they came with."""
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    _log.log(levels[kind], "%s (%s)", text, context.category)
