"""Collected only where `.ci/interop` made environments of other people's readers: ``DIAG_GUI_INTEROP`` names their folder."""

import os

collect_ignore = [] if os.environ.get("DIAG_GUI_INTEROP") else ["test_others_read.py"]
