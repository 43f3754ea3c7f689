from diag_gui.evaluation._kernels.rules_numpy import area_under as area_under
from diag_gui.evaluation._kernels.rules_numpy import listed as listed
from diag_gui.evaluation._kernels.rules_numpy import take_best as take_best

SOURCE_HASH: str
