"""Columns computed from pictures. May import cv2, and evaluation and below."""
