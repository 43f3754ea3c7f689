from diag_gui.evaluation._kernels.masks_numpy import areas_and_boxes as areas_and_boxes
from diag_gui.evaluation._kernels.masks_numpy import edges_of_masks as edges_of_masks
from diag_gui.evaluation._kernels.masks_numpy import laid_out as laid_out
from diag_gui.evaluation._kernels.masks_numpy import mask_pairs as mask_pairs
from diag_gui.evaluation._kernels.masks_numpy import outlines as outlines

SOURCE_HASH: str
