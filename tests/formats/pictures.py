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


def cmyk_jpeg(width: int, height: int) -> bytes:
    """Return a JPEG of four inks, inverted as Adobe writes them, that is red on the left half and blue on the right.

    Every block is of one colour: the code of the difference to the block before, then "nothing more".
    """
    red, blue = (255, 0, 0, 255), (0, 0, 255, 255)
    across, down = -(-width // 8), -(-height // 8)
    before = [0, 0, 0, 0]
    bits = ""
    for block in range(across * down):
        for ink, level in enumerate(red if block % across < across // 2 else blue):
            # The first value of a block is eight times its mean; all divisors are 8.
            value = level - 128
            difference, before[ink] = value - before[ink], value
            n_bits = abs(difference).bit_length()
            shown = difference if difference > 0 else difference + (1 << n_bits) - 1
            bits += f"{n_bits:04b}" + (f"{shown:0{n_bits}b}" if n_bits else "") + "0"
    bits += "1" * (-len(bits) % 8)
    scan = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    inks = b"".join(bytes([ink, 0x11, 0]) for ink in range(1, 5))
    # Codes of four bits for 0 to 11 bits of difference, one code of one bit for "nothing more".
    of_first = b"\x00" + bytes([0, 0, 0, 12, *[0] * 12]) + bytes(range(12))
    of_rest = b"\x10" + bytes([1, *[0] * 15]) + b"\x00"
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0)),
            segment(0xDB, b"\0" + bytes([8] * 64)),
            segment(0xC0, struct.pack(">BHHB", 8, height, width, 4) + inks),
            segment(0xC4, of_first),
            segment(0xC4, of_rest),
            segment(0xDA, b"\x04" + b"".join(bytes([ink, 0]) for ink in range(1, 5)) + b"\x00\x3f\x00"),
            scan,
            b"\xff\xd9",
        )
    )


def sixteen_bit(ending: str, width: int, height: int) -> bytes:
    """Return a picture of 16 bits per colour, red on the left half and blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint16)
    pixels[:, : width // 2] = (0, 0, 65_535)
    pixels[:, width // 2 :] = (65_535, 0, 0)
    return bytes(cv2.imencode(ending, pixels)[1].tobytes())
