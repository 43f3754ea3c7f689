"""The analysis of one run against ground truth: functions from facts to facts. No Qt, no cv2, no pycocotools."""
