from diag_gui.evaluation._kernels.costs_numpy import count_open as count_open
from diag_gui.evaluation._kernels.costs_numpy import find_winners as find_winners
from diag_gui.evaluation._kernels.costs_numpy import fixed_precisions as fixed_precisions
from diag_gui.evaluation._kernels.costs_numpy import step_precisions as step_precisions

SOURCE_HASH: str
