from diag_gui.evaluation._kernels.matching_numpy import candidate_pairs as candidate_pairs
from diag_gui.evaluation._kernels.matching_numpy import link_pairs as link_pairs
from diag_gui.evaluation._kernels.matching_numpy import match as match
from diag_gui.evaluation._kernels.matching_numpy import match_grid as match_grid

SOURCE_HASH: str
