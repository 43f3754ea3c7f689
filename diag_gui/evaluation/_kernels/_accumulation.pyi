from diag_gui.evaluation._kernels.accumulation_numpy import accumulate as accumulate
from diag_gui.evaluation._kernels.accumulation_numpy import count as count
from diag_gui.evaluation._kernels.accumulation_numpy import count_bits as count_bits
from diag_gui.evaluation._kernels.accumulation_numpy import precision_grid as precision_grid
from diag_gui.evaluation._kernels.accumulation_numpy import sweep as sweep
from diag_gui.evaluation._kernels.accumulation_numpy import sweep_ranges as sweep_ranges

SOURCE_HASH: str
