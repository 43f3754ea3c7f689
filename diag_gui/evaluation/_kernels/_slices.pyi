from diag_gui.evaluation._kernels.slices_numpy import count_slices as count_slices

SOURCE_HASH: str
