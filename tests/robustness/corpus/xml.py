"""XML of Pascal VOC and CVAT."""

from __future__ import annotations

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, Corpus

BOX = "<xmin>10</xmin><ymin>8</ymin><xmax>50</xmax><ymax>38</ymax>"
OBJECT = {"dropped": 1, "dropped_unit": "object"}
Words = list[list[str]]


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _voc_documents(corpus)
    _voc_objects(corpus)
    _cvat(corpus)


def voc(box: str = BOX, head: str = "", name: str = "tern", size: str | None = None, objects: str = "") -> str:
    """Return a VOC file of one box, with other parts in their places."""
    measures = "<size><width>160</width><height>120</height><depth>3</depth></size>" if size is None else size
    one = f"<object><name>{name}</name><bndbox>{box}</bndbox></object>"
    return f'<?xml version="1.0"?>{head}<annotation><filename>a.jpg</filename>{measures}{objects}{one}</annotation>'


def _voc_documents(corpus: Corpus) -> None:
    def add(name: str, expected: str, words: Words, content: str | bytes, **more: object) -> None:
        corpus.labels(f"voc/{name}.xml", expected, words, content, **more)

    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    entity = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    dtd = [["entit", "DTD", "DOCTYPE"]]
    add("entities", REJECT, dtd, voc(head=laughs, name="&c;"))
    add("entity_of_a_file", REJECT, dtd, voc(head=entity, name="&x;"))
    add(
        "entity_of_a_file_in_sixteen_bits",
        REJECT,
        [["entit", "DTD", "DOCTYPE", "UTF-16", "encod"]],
        voc(head=entity, name="&x;").replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"),
    )
    add("entity_by_parameter", REJECT, dtd, voc(head='<!DOCTYPE l [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'))
    add("dtd_elsewhere", REJECT, dtd, voc(head='<!DOCTYPE annotation SYSTEM "http://127.0.0.1:9/voc.dtd">'), also_ok=[ACCEPT])
    add("entity_unknown", REJECT, [["XML", "entit"]], voc(name="&nbsp;tern"))
    add(
        "includes",
        ACCEPT,
        [],
        voc(objects='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>'),
        also_ok=[DROP, REJECT],
    )
    add("cut_off", REJECT, [["XML", "line"]], voc()[:150])
    add("nothing", REJECT, [["empty", "XML"]], "")
    add("two_roots", REJECT, [["XML"]], voc() + "<annotation/>")
    add("tags_crossed", REJECT, [["XML"]], voc().replace("</bndbox></object>", "</object></bndbox>"))
    add("zeros", REJECT, [["XML"]], voc().replace("tern", "te\0rn"))
    add("deep", REJECT, [["depth", "nest", "limit", "XML"]], "<annotation>" + "<x>" * 5_000 + "</x>" * 5_000 + "</annotation>")
    add(
        "a_hundred_thousand_attributes",
        ACCEPT,
        [],
        voc(objects="<x " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
        also_ok=[REJECT],
    )
    add("byte_order_mark", ACCEPT, [], b"\xef\xbb\xbf" + voc().encode())
    add("sixteen_bits", ACCEPT, [], voc().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"), also_ok=[REJECT])
    add("latin_1_and_says_so", ACCEPT, [], voc(name="Möwe").replace('"1.0"', '"1.0" encoding="iso-8859-1"').encode("latin-1"))
    add(
        "latin_1_called_utf_8",
        REJECT,
        [["XML", "encod", "UTF-8"]],
        voc(name="Möwe").replace('"1.0"', '"1.0" encoding="utf-8"').encode("latin-1"),
    )
    add("unknown_encoding", REJECT, [["XML", "encod"]], voc().replace('"1.0"', '"1.0" encoding="klingon"'))
    add("namespaces", ACCEPT, [], voc().replace("<annotation>", '<annotation xmlns="http://example.org/voc">'), also_ok=[REJECT])
    add("other_root", REJECT, [["annotation", "markup", "root"]], voc().replace("annotation>", "markup>"))


def _voc_objects(corpus: Corpus) -> None:
    def add(name: str, expected: str, words: Words, content: str, **more: object) -> None:
        corpus.labels(f"voc/{name}.xml", expected, words, content, **more)

    add("decimals", ACCEPT, [], voc(BOX.replace("10", "10.25")))
    add("blanks_around_numbers", ACCEPT, [], voc(BOX.replace(">10<", "> 10\n<")))
    add("order_of_another_tool", ACCEPT, [], voc("<ymax>38</ymax><xmax>50</xmax><ymin>8</ymin><xmin>10</xmin>"))
    add("edges_swapped", DROP, [["xmin", "negative", "width"]], voc(BOX.replace(">10<", ">60<")), **OBJECT)
    add("edges_the_same", DROP, [["zero", "width", "empty"]], voc(BOX.replace(">10<", ">50<")), **OBJECT)
    add("outside", DROP, [["outside"]], voc(BOX.replace(">10<", ">500<").replace(">50<", ">600<")), **OBJECT)
    for name, text in {
        "a_word": "left",
        "nan": "nan",
        "infinite": "inf",
        "beyond_floats": "1e999",
        "empty": "",
        "hexadecimal": "0x0a",
        "decimal_comma": "10,5",
        "underscore": "1_0",
        "of_other_digits": "\u0661\u0660",
    }.items():
        add(f"edge_{name}", DROP, [["xmin", "number", "finite", "box"]], voc(BOX.replace(">10<", f">{text}<")), **OBJECT)
    add("edge_missing", DROP, [["xmin", "bndbox", "box"]], voc(BOX.replace("<xmin>10</xmin>", "")), **OBJECT)
    add(
        "edge_twice",
        DROP,
        [["xmin", "twice", "bndbox", "bbox"]],
        voc("<xmin>90</xmin>" + BOX),
        also_ok=[ACCEPT, REJECT],
        **OBJECT,
    )
    two = f"<object><name>gull</name><bndbox>{BOX}</bndbox><bndbox>{BOX}</bndbox></object>"
    add("two_boxes_in_an_object", ACCEPT, [], voc(objects=two), also_ok=[DROP])
    add("no_box", DROP, [["bndbox", "box"]], voc(objects="<object><name>gull</name></object>"), **OBJECT)
    add("no_name", DROP, [["name"]], voc(objects=f"<object><bndbox>{BOX}</bndbox></object>"), **OBJECT)
    add("empty_name", DROP, [["name"]], voc(objects=f"<object><name> </name><bndbox>{BOX}</bndbox></object>"), **OBJECT)
    add(
        "parts",
        ACCEPT,
        [],
        voc(
            objects=f"<object><name>gull</name><bndbox>{BOX}</bndbox><part><name>head</name><bndbox>{BOX}</bndbox></part></object>"
        ),
    )
    add("no_objects", ACCEPT, [], voc().replace("<object>", "<!--").replace("</object>", "-->"))
    add("size_missing", ACCEPT, [], voc(size=""), also_ok=[DROP])
    add("size_zero", ACCEPT, [], voc(size="<size><width>0</width><height>0</height></size>"), also_ok=[DROP])
    add(
        "size_negative",
        ACCEPT,
        [["size", "width"]],
        voc(size="<size><width>-160</width><height>120</height></size>"),
        also_ok=[DROP, REJECT],
    )
    add(
        "size_a_word",
        ACCEPT,
        [["size", "width"]],
        voc(size="<size><width>wide</width><height>120</height></size>"),
        also_ok=[DROP, REJECT],
    )
    add(
        "difficult_a_word",
        ACCEPT,
        [],
        voc(objects=f"<object><name>gull</name><difficult>maybe</difficult><bndbox>{BOX}</bndbox></object>"),
    )
    add("file_name_climbs_out", DROP, [["outside"]], voc().replace("a.jpg", "../../../../etc/hostname"), also_ok=[ACCEPT])
    add("file_name_missing", ACCEPT, [], voc().replace("<filename>a.jpg</filename>", ""), also_ok=[DROP])


def _cvat(corpus: Corpus) -> None:
    box = '<box label="tern" xtl="10" ytl="8" xbr="50" ybr="38"/>'

    def document(shapes: str, image: str = 'id="0" name="a.jpg" width="160" height="120"') -> str:
        labels = "<meta><task><labels><label><name>tern</name></label><label><name>gull</name></label></labels></task></meta>"
        return f'<?xml version="1.0"?><annotations><version>1.1</version>{labels}<image {image}>{shapes}</image></annotations>'

    def add(name: str, expected: str, words: Words, content: str, **more: object) -> None:
        corpus.labels(f"cvat/{name}.xml", expected, words, content, **more)

    shape = {"dropped": 1, "dropped_unit": "shape"}
    for name, text in {"nan": "nan", "a_word": "left", "infinite": "1e999", "empty": ""}.items():
        add(f"edge_{name}", DROP, [["xtl", "box", "finite", "number"]], document(box + box.replace('"10"', f'"{text}"')), **shape)
    add("edge_missing", DROP, [["xtl", "box"]], document(box + box.replace('xtl="10" ', "")), **shape)
    add("edges_swapped", DROP, [["negative", "width", "xtl"]], document(box + box.replace('"10"', '"90"')), **shape)
    add("label_missing", DROP, [["label"]], document(box + box.replace('label="tern" ', "")), **shape)
    add("label_unlisted", ACCEPT, [], document(box + box.replace("tern", "heron")), also_ok=[DROP])
    add("rotation_nan", DROP, [["rotation", "finite", "number"]], document(box + box.replace("/>", ' rotation="nan"/>')), **shape)
    add("outline_of_one_point", DROP, [["point", "polygon"]], document(box + '<polygon label="tern" points="1,1"/>'), **shape)
    add(
        "outline_of_words",
        DROP,
        [["point", "polygon", "number"]],
        document(box + '<polygon label="tern" points="a,b;c,d;e,f"/>'),
        **shape,
    )
    mask = '<mask label="tern" left="2" top="3" width="{}" height="3" rle="{}"/>'
    add("mask_too_long", DROP, [["mask", "rle", "run"]], document(box + mask.format(4, "5,2,50")), also_ok=[ACCEPT])
    add(
        "mask_endless",
        DROP,
        [["mask", "rle", "run", "size", "limit"]],
        document(box + mask.format(10**9, "5,2,5")),
        also_ok=[ACCEPT],
    )
    add("mask_negative", DROP, [["mask", "rle", "run", "negative"]], document(box + mask.format(4, "5,-2,9")), also_ok=[ACCEPT])
    add("image_name_missing", DROP, [["name"]], document(box, 'id="0" width="160" height="120"'), also_ok=[REJECT, ACCEPT])
    add("image_name_climbs_out", DROP, [["outside"]], document(box).replace("a.jpg", "../../../etc/hostname"), also_ok=[ACCEPT])
    add(
        "image_twice",
        ACCEPT,
        [["twice", "duplicate", "same"]],
        document(box).replace("</annotations>", '<image id="0" name="a.jpg" width="160" height="120"/></annotations>'),
        also_ok=[REJECT, DROP],
    )
    add("image_size_missing", ACCEPT, [], document(box, 'id="0" name="a.jpg"'))
    add(
        "image_size_negative",
        ACCEPT,
        [["size", "width"]],
        document(box, 'id="0" name="a.jpg" width="-160" height="120"'),
        also_ok=[DROP],
    )
    add(
        "entities",
        REJECT,
        [["entit", "DTD", "DOCTYPE"]],
        document(box).replace("<annotations>", '<!DOCTYPE a [<!ENTITY x "y">]><annotations>'),
    )
    add("cut_off", REJECT, [["XML"]], document(box)[:-30])
