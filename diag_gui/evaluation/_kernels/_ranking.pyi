from diag_gui.evaluation._kernels.ranking_numpy import group_by_class as group_by_class
from diag_gui.evaluation._kernels.ranking_numpy import rank_images as rank_images
from diag_gui.evaluation._kernels.ranking_numpy import rows_between as rows_between
from diag_gui.evaluation._kernels.ranking_numpy import sort_classes as sort_classes

SOURCE_HASH: str
