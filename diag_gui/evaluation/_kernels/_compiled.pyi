from diag_gui.evaluation._kernels.numpy_kernel import accumulate as accumulate
from diag_gui.evaluation._kernels.numpy_kernel import candidate_pairs as candidate_pairs
from diag_gui.evaluation._kernels.numpy_kernel import count as count
from diag_gui.evaluation._kernels.numpy_kernel import count_bits as count_bits
from diag_gui.evaluation._kernels.numpy_kernel import match as match
from diag_gui.evaluation._kernels.numpy_kernel import match_grid as match_grid
from diag_gui.evaluation._kernels.numpy_kernel import precision_grid as precision_grid
from diag_gui.evaluation._kernels.numpy_kernel import rank as rank
from diag_gui.evaluation._kernels.numpy_kernel import sweep as sweep

SOURCE_HASH: str
