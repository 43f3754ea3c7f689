from diag_gui.evaluation._kernels.streaming_numpy import expand_classes as expand_classes
from diag_gui.evaluation._kernels.streaming_numpy import match_images as match_images
from diag_gui.evaluation._kernels.streaming_numpy import status_between as status_between

SOURCE_HASH: str
