"""``report``: one file that needs nothing from outside."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from diag_gui.formats.report_crops import png_bytes
from tests.cli.running import Runner
from tests.cli.small_data import SmallData

VOID = {"meta", "br", "img", "input", "link", "hr"}


class Balanced(HTMLParser):
    """Fails where tags do not close; collects text and every address."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(path: Path) -> Balanced:
    page = Balanced()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.open == []
    return page


def test_a_page_about_some_images_says_which(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    assert cli("report", data.gt, data.predictions, "--where", "scene = 'night' AND n_gt < 9", "--out", out).status == 0
    assert "Figures of 1 of 3 images: scene = 'night' AND n_gt < 9" in parsed(out).text
    assert cli("report", data.gt, data.predictions, "--out", out, "--overwrite").status == 0
    assert "Figures of" not in " ".join(parsed(out).text)


def test_the_page_holds_everything(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    other = data.folder / "second.json"
    other.write_text(json.dumps(json.loads(data.predictions.read_text())[:2]))
    ran = cli("report", data.gt, data.predictions, other, "--images", data.images, "--slice", "scene", "--out", out)
    assert ran.status == 0, ran.err
    page = parsed(out)
    text = " ".join(page.text)
    for word in (
        "Summary",
        "run_one",
        "second",
        "localization",
        "dAP",
        "Confusion",
        "Slices",
        "scene=night",
        "Worst failures",
        "IoU 0.5",
    ):
        assert word in text, word
    assert page.addresses
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|@import|url\(", out.read_text())


def test_names_from_the_data_stay_text(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    data.gt.write_text(data.gt.read_text().replace('"bus"', json.dumps("<script>alert(1)</script>")).replace("a.jpg", "<b>a.jpg"))
    out = tmp_path / "r.html"
    assert cli("report", data.gt, data.predictions, "--out", out).status == 0
    parsed(out)
    assert "<script>" not in out.read_text()
    assert "<b>" not in out.read_text()


def test_a_file_is_not_overwritten_unasked(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    out.write_text("mine")
    assert cli("report", data.gt, data.predictions, "--out", out).status == 2
    assert out.read_text() == "mine"
    assert cli("report", data.gt, data.predictions, "--out", out, "--overwrite").status == 0
    assert out.read_text() != "mine"


def test_a_png_is_read_by_others() -> None:
    import cv2

    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    read = cv2.imdecode(np.frombuffer(png_bytes(pixels), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(read[:, :, ::-1], pixels)


def test_intervals_say_by_how_many_resamples_and_which_seed(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    asked = ("report", data.gt, data.predictions, "--slice", "class", "--out", out, "--overwrite")
    assert cli(*asked, "--intervals", "150", "--seed", "7").status == 0
    assert "Intervals: 150 resamples of images, seed 7." in out.read_text(encoding="utf-8")
    assert cli(*asked).status == 0
    assert "resamples" not in out.read_text(encoding="utf-8")
