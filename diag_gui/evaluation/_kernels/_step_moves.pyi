from diag_gui.evaluation._kernels.step_moves_numpy import count_moved as count_moved
from diag_gui.evaluation._kernels.step_moves_numpy import count_on_images as count_on_images
from diag_gui.evaluation._kernels.step_moves_numpy import held_pairs as held_pairs
from diag_gui.evaluation._kernels.step_moves_numpy import mark_listed as mark_listed
from diag_gui.evaluation._kernels.step_moves_numpy import marked as marked
from diag_gui.evaluation._kernels.step_moves_numpy import matches_at as matches_at
from diag_gui.evaluation._kernels.step_moves_numpy import move_marks as move_marks
from diag_gui.evaluation._kernels.step_moves_numpy import step_moves as step_moves

SOURCE_HASH: str
