"""The script that draws ``resources/sample``: pictures, ground truth, planted label errors and the runs of a real detector.

Kept in the repository so that the sample is nobody's but ours; not shipped in the wheel. May import numpy, cv2 and, only to
make predictions again, torch.
"""
