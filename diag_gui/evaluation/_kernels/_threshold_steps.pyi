from diag_gui.evaluation._kernels.threshold_steps_numpy import count_below as count_below
from diag_gui.evaluation._kernels.threshold_steps_numpy import count_kept as count_kept
from diag_gui.evaluation._kernels.threshold_steps_numpy import count_kind as count_kind
from diag_gui.evaluation._kernels.threshold_steps_numpy import count_order as count_order
from diag_gui.evaluation._kernels.threshold_steps_numpy import count_spans as count_spans
from diag_gui.evaluation._kernels.threshold_steps_numpy import curve_points as curve_points
from diag_gui.evaluation._kernels.threshold_steps_numpy import kinds_at as kinds_at
from diag_gui.evaluation._kernels.threshold_steps_numpy import kinds_at_score as kinds_at_score
from diag_gui.evaluation._kernels.threshold_steps_numpy import match_spans as match_spans
from diag_gui.evaluation._kernels.threshold_steps_numpy import on_images as on_images
from diag_gui.evaluation._kernels.threshold_steps_numpy import sweep_entries as sweep_entries

SOURCE_HASH: str
