"""Tables of boxes with any header: which column is what, units, separators, blanks, Parquet, and YOLTv4's refined predictions."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats import limits
from diag_gui.formats.column_choice import parse_columns
from diag_gui.formats.opening import open_ground_truth, open_predictions, recognise
from diag_gui.formats.recognition import GROUND_TRUTH, METADATA, PREDICTIONS, UNKNOWN
from diag_gui.formats.table_layout import proposed_layout
from tests.formats.pictures import encoded
from tests.formats.reading import boxes, codes, found_in, labels_of, put_json, put_text


def truth(tmp_path: Path) -> Dataset:
    return labels_of(
        put_text(tmp_path / "gt.csv", "filename,width,height,class,xmin,ymin,xmax,ymax", "a.jpg,100,80,car,10,20,40,60",
                 "b.jpg,100,80,bus,1,2,3,4"), "table"
    )[0]  # fmt: skip


@pytest.mark.parametrize(("header", "order", "box"), [
    ("filename,width,height,class,xmin,ymin,xmax,ymax", "xyxy", ("xmin", "ymin", "xmax", "ymax")),
    ("image,label,x,y,w,h", "xywh", ("x", "y", "w", "h")),
    ("image,label,bbox_x,bbox_y,bbox_width,bbox_height", "xywh", ("bbox_x", "bbox_y", "bbox_width", "bbox_height")),
    ("Image Name,Label,X Center,Y Center,Width,Height", "cxcywh", ("X Center", "Y Center", "Width", "Height")),
    ("path,cls,x1,y1,x2,y2,conf", "xyxy", ("x1", "y1", "x2", "y2")),
    ("img,type,left,top,width,height", "xywh", ("left", "top", "width", "height")),
    ("image_id,source,bbox", "xywh", ("bbox",)),
    ("im_name,prob,Xmin,Ymin,Xmax,Ymax,category,Image_Root,Xmin_Glob,Xmax_Glob,Ymin_Glob,Ymax_Glob", "xyxy",
     ("Xmin_Glob", "Ymin_Glob", "Xmax_Glob", "Ymax_Glob")),
])  # fmt: skip
def test_the_header_proposes_the_box(header: str, order: str, box: tuple[str, ...]) -> None:
    layout = proposed_layout(header.split(","))
    assert (layout.order, layout.box) == (order, box)
    assert layout.lacking == ()


def test_sides_are_those_of_the_image_where_there_are_corners() -> None:
    layout = proposed_layout(["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"])
    assert (layout.image, layout.category, layout.width, layout.height) == ("filename", "class", "width", "height")
    assert proposed_layout(["image", "x", "y", "width", "height"]).width == ""


def test_corners_with_the_size_of_the_image(tmp_path: Path) -> None:
    path = put_text(
        tmp_path / "gt.csv", "filename,width,height,class,xmin,ymin,xmax,ymax,weather", "a.jpg,100,80,car,10,20,40,60,fog",
        "b.jpg,100,80,,,,,,", "a.jpg,100,80,bus,1,2,3,4,",
    )  # fmt: skip
    dataset, report = labels_of(path, "table")
    assert boxes(dataset) == [("a.jpg", "car", [10, 20, 30, 40]), ("a.jpg", "bus", [1, 2, 2, 2])]
    assert dataset.images.file_name == ("a.jpg", "b.jpg")
    assert dataset.images.width.tolist() == [100, 100]
    assert dataset.ground_truth.attributes["weather"].missing.tolist() == [False, True]
    assert (report.records, codes(report)) == (2, {})


def test_semicolons_decimal_commas_quotes_and_a_mark(tmp_path: Path) -> None:
    text = '\ufeff"image";"class";"x";"y";"w";"h"\r\n"a;b.jpg";"the ""car""";"10,5";20;1e1;,5\r\n'
    (tmp_path / "gt.csv").write_text(text, encoding="utf-8", newline="")
    assert boxes(labels_of(tmp_path / "gt.csv", "table")[0]) == [("a;b.jpg", 'the "car"', [10.5, 20, 10, 0.5])]


@pytest.mark.parametrize("mark", ["\t", "|", ";"])
def test_other_separators(tmp_path: Path, mark: str) -> None:
    lines = ("image class cx cy w h", "a.jpg car 5 5 4 2")
    path = put_text(tmp_path / "gt.txt", *(line.replace(" ", mark) for line in lines))
    assert boxes(labels_of(path, "table")[0]) == [("a.jpg", "car", [3, 4, 4, 2])]


def test_shares_of_the_picture_need_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(".png", 160, 120))
    lines = ("image,class,xmin,ymin,xmax,ymax", "a.png,car,0.25,0.5,0.5,0.75")
    dataset, _ = labels_of(put_text(tmp_path / "gt.csv", *lines), "table")
    assert boxes(dataset) == [("a.png", "car", [40, 60, 40, 30])]
    assert not dataset.sizes_are_nominal
    found, report = found_in(put_text(tmp_path / "dt.csv", f"{lines[0]},score", f"{lines[1]},0.5", "a.png,car,0.1,0.1,9,0.2,0.5"),
                             dataset, "table")  # fmt: skip
    assert found.xywh.tolist()[0] == [0.25, 0.5, 0.25, 0.25]
    assert "not-normalised" not in codes(report)
    chosen = open_predictions(tmp_path / "dt.csv", dataset, columns=parse_columns("units=relative"))
    assert chosen.run.predictions.xywh.tolist() == [[40, 60, 40, 30]]
    assert codes(chosen.report) == {"not-normalised": 1}


def test_predictions_by_name_number_and_tile(tmp_path: Path) -> None:
    path = put_text(
        tmp_path / "dt.csv", "image_id,label,score,x,y,w,h,model", "a.jpg,car,0.75,1,2,3,4,m1", "b,BUS,0.5,1,2,3,4,m1",
        "a__10_20_50_50_0_100_80.jpg,car,0.25,1,2,3,4,m2", "c.jpg,car,0.25,1,2,3,4,m2", "a.jpg,cat,0.25,1,2,3,4,m2",
    )  # fmt: skip
    found, report = found_in(path, truth(tmp_path), "table")
    assert found.xywh.tolist() == [[1, 2, 3, 4], [21, 12, 3, 4], [1, 2, 3, 4]]
    assert found.source_index.tolist() == [0, 2, 1]
    assert found.attributes["model"].values.tolist() == [0, 1, 0]
    assert codes(report) == {"tiles-put-back": 1, "unknown-image": 1, "unknown-category": 1}


def test_refined_predictions_of_yoltv4(tmp_path: Path) -> None:
    path = put_text(
        tmp_path / "preds_refine.csv",
        ",im_name,prob,Xmin,Ymin,Xmax,Ymax,category,im_name_root,image_path,Image_Root,Slice_XY,Upper,Left,Height,Width,Pad,"
        "Im_Width,Im_Height,Xmin_Glob,Xmax_Glob,Ymin_Glob,Ymax_Glob",
        "0,a__10_20_50_50_0_100_80,0.75,1,2,3,4,car,a,/wdata/a.tif,a.tif,10_20_50_50_0_100_80,10,20,50,50,0,100,80,21,23,12,14",
        "1,b__10_20_50_50_0_100_80,0,0,0,1,1,,b,/wdata/b.tif,b.tif,10_20_50_50_0_100_80,10,20,50,50,0,100,80,0,1,0,1",
    )
    found, report = found_in(path, truth(tmp_path), "table")
    assert found.xywh.tolist() == [[21, 12, 2, 2]]
    assert codes(report) == {"placeholder": 1}
    assert "Xmin" not in [column.name for column in found.attributes.columns]


def test_tile_names_beside_pixels_of_the_image_move_nothing(tmp_path: Path) -> None:
    path = put_text(tmp_path / "dt.csv", "im_name,prob,category,Xmin_Glob,Xmax_Glob,Ymin_Glob,Ymax_Glob",
                    "a__10_20_50_50_0_100_80,0.75,car,21,23,12,14")  # fmt: skip
    assert found_in(path, truth(tmp_path), "table")[0].xywh.tolist() == [[21, 12, 2, 2]]


def test_chosen_columns_go_before_names(tmp_path: Path) -> None:
    path = put_text(tmp_path / "gt.csv", "where,what,a,b,c,d,class", "a.jpg,car,10,20,40,60,1")
    assert recognise(path).role == METADATA
    opened = open_ground_truth(path, columns=parse_columns("image=where,class=what,x1=a,y1=b,x2=c,y2=d"))
    assert boxes(opened.dataset) == [("a.jpg", "car", [10, 20, 30, 40])]
    assert [column.name for column in opened.dataset.ground_truth.attributes.columns] == ["class"]
    centred = open_ground_truth(path, columns=parse_columns("image=where,cx=a,cy=b,w=c,h=d"))
    assert boxes(centred.dataset) == [("a.jpg", "1", [-10, -10, 40, 60])]


@pytest.mark.parametrize(("chosen", "reason"), [
    ("image=nowhere", "no column 'nowhere' for image"), ("x1=a,y1=b", "x1, y1 make no box"), ("image=where", "called like box"),
])  # fmt: skip
def test_choices_that_make_no_table_of_boxes_are_refused(tmp_path: Path, chosen: str, reason: str) -> None:
    path = put_text(tmp_path / "gt.csv", "where,what,a,b,c,d", "a.jpg,car,10,20,40,60")
    with pytest.raises(FormatError, match=reason):
        open_ground_truth(path, columns=parse_columns(chosen))


def test_predictions_need_a_score(tmp_path: Path) -> None:
    path = put_text(tmp_path / "dt.csv", "image,class,x,y,w,h,sureness", "a.jpg,car,1,2,3,4,0.5")
    assert recognise(path).role == GROUND_TRUTH
    with pytest.raises(FormatError, match="called like score"):
        open_predictions(path, truth(tmp_path))
    opened = open_predictions(path, truth(tmp_path), columns=parse_columns("score=sureness"))
    assert opened.run.predictions.score.tolist() == [0.5]


def test_four_numbers_in_one_cell(tmp_path: Path) -> None:
    path = put_text(tmp_path / "gt.csv", "image_id,bbox", 'a,"[10, 20, 30, 40]"', "b,5 6 7 8", "c,", 'd,"[1, 2, 3]"')
    dataset, report = labels_of(path, "table")
    assert boxes(dataset) == [("a", "object", [10, 20, 30, 40]), ("b", "object", [5, 6, 7, 8])]
    assert codes(report) == {"bad-box": 2}
    opened = open_ground_truth(path, columns=parse_columns("order=xyxy"))
    assert boxes(opened.dataset)[0] == ("a", "object", [10, 20, 20, 20])


def test_rows_that_do_not_fit_are_left_out_by_name(tmp_path: Path) -> None:
    path = put_text(
        tmp_path / "gt.csv", "image,class,x,y,w,h", "a.jpg,car,1,2,3,4", ",car,1,2,3,4", "a.jpg,,1,2,3,4", "a.jpg,car,1,2,x,4",
        "a.jpg,car,1,2,,4", "a.jpg,car,1,2,0,4", "a.jpg,car,1,2,inf,4", "a.jpg,car,1,2,3,4,5", "a.jpg,,,,,",
        "../../b.jpg,car,1,2,3,4",
    )  # fmt: skip
    _, report = labels_of(path, "table")
    assert (report.records, report.loaded) == (9, 2)
    assert codes(report) == {
        "row-length": 1, "no-image": 1, "object-without-name": 1, "bad-box": 2, "zero-size-box": 1, "box-not-finite": 1,
        "file-name-outside-root": 1,
    }  # fmt: skip
    examples = {group.code: group.examples[0] for group in report.problems}
    assert "line 3: has no image" in examples["no-image"]
    assert "line 5 (image a.jpg): x, y, w, h are not four numbers" in examples["bad-box"]


def test_numbers_as_classes_are_named_by_a_list_beside_the_table(tmp_path: Path) -> None:
    path = put_text(tmp_path / "gt.csv", "image,class,x,y,w,h", "a.jpg,1,1,2,3,4", "a.jpg,0,1,2,3,4")
    dataset, _ = labels_of(path, "table")
    assert dataset.classes.name == ("0", "1")
    put_text(tmp_path / "classes.txt", "cat", "dog", "eel")
    dataset, _ = labels_of(path, "table")
    assert dataset.classes.name == ("cat", "dog", "eel")
    assert [label for _, label, _ in boxes(dataset)] == ["dog", "cat"]


def test_classes_that_are_numbers_are_found_by_number(tmp_path: Path) -> None:
    dataset, _ = labels_of(put_text(tmp_path / "gt.csv", "image,class,x,y,w,h", "2.jpg,2,1,2,3,4", "3.jpg,11,1,2,3,4"), "table")
    path = put_text(tmp_path / "dt.csv", "image,class,score,x,y,w,h", "3,2,0.5,1,2,3,4", "2,11,0.25,1,2,3,4")
    found, _ = found_in(path, dataset, "table")
    assert found.image_row.tolist() == [0, 1]
    assert found.score.tolist() == [0.25, 0.5]
    assert [dataset.classes.name[row] for row in found.class_row] == ["11", "2"]


def test_json_records_with_four_columns_and_not_coco_results(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"image": "a.jpg", "label": "car", "xmin": 1, "ymin": 2, "xmax": 4, "ymax": 6, "hard": True}]
    dataset, _ = labels_of(put_json(tmp_path / "gt.json", rows), "table")
    assert boxes(dataset) == [("a.jpg", "car", [1, 2, 3, 4])]
    assert dataset.ground_truth.attributes["hard"].values.tolist() == [True]
    results = [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]
    assert recognise(put_json(tmp_path / "dt.json", results)).format == "coco-results"


def test_metadata_stay_metadata(tmp_path: Path) -> None:
    assert recognise(put_text(tmp_path / "m.csv", "file_name,width,height,scene", "a.jpg,1,2,night")).role == METADATA
    assert recognise(put_text(tmp_path / "d.csv", "image,class,score,x1,y1,x2,y2", "a.jpg,car,1,1,2,3,4")).role == PREDICTIONS


def parquet(path: Path, **columns: Any) -> Path:
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_parquet_labels_and_predictions(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "gt", image=["a.jpg", "b.jpg", "b.jpg"], label=["car", None, "bus"], x1=[1.0, None, 5.0], y1=[2, None, 5],
        x2=[4.0, None, 9.0], y2=[6.0, None, float("nan")], scene=["night", None, "day"],
    )  # fmt: skip
    dataset, report = labels_of(path, "table")
    assert boxes(dataset) == [("a.jpg", "car", [1, 2, 3, 4])]
    assert codes(report) == {"bad-box": 1}
    assert dataset.images.file_name == ("a.jpg", "b.jpg")
    listed = [[1, 2, 3, 4], [5, 6, 7, 8]]
    path = parquet(tmp_path / "dt", image=["b.jpg", "a.jpg"], label=["car", "car"], score=[0.5, 0.75], bbox=listed)
    found, _ = found_in(path, dataset, "table")
    assert found.xywh.tolist() == [[5, 6, 7, 8], [1, 2, 3, 4]]


def test_parquet_cells_that_are_no_numbers_are_rows_left_out(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"image": ["a.jpg"] * 2, "label": ["car"] * 2, "y1": [1, 2], "x2": [9.5, 8], "y2": [9, 8]}
    for x1 in ([[1.0], [2.0]], [True, False], ["one", "1_0"]):
        _, report = labels_of(parquet(tmp_path / "odd.parquet", **columns, x1=x1), "table")
        assert (report.records, report.loaded, codes(report)) == (2, 0, {"bad-box": 2})


def test_parquet_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path / "gt.parquet", image=["a.jpg"], label=["car"], x1=[1.0], y1=[1.0], x2=[2.0], y2=[2.0])
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert recognise(path).role == UNKNOWN
    with pytest.raises(FormatError, match="Parquet"):
        open_ground_truth(path, format="table")
    path.write_bytes(whole)
    with monkeypatch.context() as patched:
        patched.setitem(limits.LIMITS, "table_cells", 3)
        with pytest.raises(LimitError, match="table_cells"):
            open_ground_truth(path)
    importing = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return importing(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(FormatError, match=r"extra \[parquet\]"):
        open_ground_truth(path)
