"""Picture files made on the spot."""

from __future__ import annotations

import struct

import cv2
import numpy as np


def encoded(ending: str, width: int, height: int) -> bytes:
    """Return a picture that is red on the left half and blue on the right, as OpenCV writes it."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = (0, 0, 255)
    pixels[:, width // 2 :] = (255, 0, 0)
    return bytes(cv2.imencode(ending, pixels)[1].tobytes())


def exif(orientation: int, order: str = "<") -> bytes:
    """Return an EXIF block that holds nothing but the orientation."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHIHH", 274, 3, 1, orientation, 0)
    return head + struct.pack(order + "I", 8) + struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 0)


def jpeg_with_orientation(width: int, height: int, orientation: int, order: str = "<") -> bytes:
    data = encoded(".jpg", width, height)
    block = b"Exif\0\0" + exif(orientation, order)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
