from diag_gui.evaluation._kernels.errors_numpy import error_kinds as error_kinds
from diag_gui.evaluation._kernels.errors_numpy import match_any_class as match_any_class
from diag_gui.evaluation._kernels.errors_numpy import nearest as nearest
from diag_gui.evaluation._kernels.errors_numpy import one_way_ious as one_way_ious

SOURCE_HASH: str
