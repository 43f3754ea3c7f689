from diag_gui.evaluation._kernels.costs_numpy import fixed_precisions as fixed_precisions

SOURCE_HASH: str
