from diag_gui.evaluation._kernels.rotated_numpy import candidate_pairs as candidate_pairs

SOURCE_HASH: str
