"""The window, put together: settings, store, controller, theme, error reports; and a picture of it without a screen."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QSize, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from diag_gui import __version__
from diag_gui.session.controller import Controller
from diag_gui.session.settings import Settings
from diag_gui.session.store import SessionStore
from diag_gui.ui.error_reporting import report_qt_message, report_uncaught
from diag_gui.ui.garbage_collection import GarbageCollection
from diag_gui.ui.main_window import MainWindow
from diag_gui.ui.theme import apply_theme

_PICTURE_TIMEOUT_MS = 60_000


def application() -> QApplication:
    """Return the one application object, made now if there is none."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QCoreApplication.setApplicationName("diag-gui")
    QCoreApplication.setApplicationVersion(__version__)
    # The thread of the interface waits this long for Python's lock while jobs compute; the default is 5 ms, each time.
    sys.setswitchinterval(0.001)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    made = QApplication(sys.argv[:1])
    GarbageCollection(made)
    return made


def make_window(settings: Settings) -> MainWindow:
    """Return a window with a store and a controller of its own.

    Parameters
    ----------
    settings : Settings
    """
    apply_theme(application(), settings.theme)
    store = SessionStore()
    return MainWindow(store, Controller(store, settings), settings)


def run(paths: list[Path], *, sample: bool = False) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    paths : list of Path
        Opened together: ground truth, predictions, metadata, images, or a project.
    sample : bool
        Open the bundled sample instead.

    Returns
    -------
    int
        Exit status.
    """
    qt = application()
    qInstallMessageHandler(report_qt_message)
    settings = Settings()
    window = make_window(settings)
    report_uncaught(window.controller)
    if settings.geometry is None or not window.restoreGeometry(settings.geometry):
        window.resize(window.size().boundedTo(_room(window)))
    window.show()
    # After the first paint: what is opened must not delay the sight of the window.
    if sample:
        QTimer.singleShot(0, window.controller.data.open_sample)
    elif paths:
        QTimer.singleShot(0, lambda: window.controller.data.open_paths(paths))
    return qt.exec()


def _room(window: MainWindow) -> QSize:
    """Return the size that leaves the frame of the window inside the screen."""
    available = window.screen().availableSize()
    return QSize(available.width() - 16, available.height() - 48)


def picture(path: Path, size: tuple[int, int] = (1600, 1000), *, theme: str = "dark", page: str = "failures") -> None:
    """Write a picture of the window on the bundled sample.

    Parameters
    ----------
    path : Path
        A PNG.
    size : tuple of int
        Width and height in device-independent pixels.
    theme : str
        ``"dark"`` or ``"light"``.
    page : str
        A page of the rail: the name of its action without ``page-``.

    Raises
    ------
    RuntimeError
        If the sample is not shown within a minute.
    """
    # Settings of its own: the picture shows the program as it comes, not as somebody left it.
    scratch = tempfile.mkdtemp(prefix="diag-gui-picture-")
    window = make_window(Settings(Path(scratch)))
    apply_theme(application(), theme)
    window.resize(QSize(*size))
    window.show()
    window.controller.data.open_sample()
    try:
        if not _settle(window):
            raise RuntimeError("the sample was not shown within a minute")
        window.actions_by_name[f"page-{page}"].trigger()
        if not _settle(window):
            raise RuntimeError(f"the page {page} was not shown within a minute")
        window.grab().save(str(path), "PNG")
    finally:
        window.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _settle(window: MainWindow) -> bool:
    """Run the event loop until no job runs and every picture in sight is there; False after a minute."""
    loop = QEventLoop()
    give_up = QTimer()
    give_up.setSingleShot(True)
    give_up.timeout.connect(lambda: loop.exit(1))
    give_up.start(_PICTURE_TIMEOUT_MS)
    look = QTimer()

    def check() -> None:
        state = window.store.state
        if state.evaluation is not None and state.costs is not None and window.controller.is_idle:
            loop.exit(0)

    look.timeout.connect(check)
    look.start(100)
    return loop.exec() == 0
