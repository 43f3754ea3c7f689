"""YOLO folders: odd label lines, and `data.yaml` that is odd or hostile."""

from __future__ import annotations

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, Corpus

GOOD = "0 0.5 0.5 0.2 0.2\n"
YAML = "names: [tern, gull, skua]\nnc: 3\ntrain: images\nval: images\n"
LINE = {"dropped": 1, "dropped_unit": "line"}
Words = list[list[str]]


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _lines(corpus)
    _hostile_yaml(corpus)
    _odd_yaml(corpus)
    _found(corpus)


def _add(
    corpus: Corpus, name: str, expected: str, words: Words, lines: str | bytes, yaml: str | bytes = YAML, **more: object
) -> None:
    folder = f"yolo/{name}"
    corpus.path(f"{folder}/data.yaml").write_bytes(yaml if isinstance(yaml, bytes) else yaml.encode())
    corpus.labels(f"{folder}/labels/a.txt", expected, words, lines, **{"folder": folder, **more})
    corpus.items[-1]["wrong"] = name.replace("_", " ")


def _lines(corpus: Corpus) -> None:
    for name, words, line in (
        ("four_columns", [["line 2", "columns"]], "1 0.5 0.5 0.2"),
        ("two_columns", [["line 2", "columns"]], "1 0.5"),
        ("pixels", [["normal", "0..1", "greater than 1"]], "1 80 60 32 24"),
        ("centre_beyond_the_image", [["normal", "0..1", "greater than 1", "outside"]], "1 1.5 0.5 0.2 0.2"),
        ("negative_width", [["negative", "line 2"]], "1 0.5 0.5 -0.2 0.2"),
        ("no_width", [["zero", "line 2"]], "1 0.5 0.5 0 0.2"),
        ("nan", [["finite", "NaN", "line 2"]], "1 nan 0.5 0.2 0.2"),
        ("infinite", [["finite", "infin", "line 2"]], "1 0.5 inf 0.2 0.2"),
        ("beyond_floats", [["finite", "infin", "range", "line 2"]], "1 0.5 1e999 0.2 0.2"),
        ("class_beyond_the_list", [["class"], ["7"]], "7 0.5 0.5 0.2 0.2"),
        ("class_negative", [["class"], ["-1"]], "-1 0.5 0.5 0.2 0.2"),
        ("class_a_half", [["class"], ["1.5"]], "1.5 0.5 0.5 0.2 0.2"),
        ("class_endless", [["class"]], "9" * 400 + " 0.5 0.5 0.2 0.2"),
        ("class_of_other_digits", [["class", "line 2"]], "\u0661 0.5 0.5 0.2 0.2"),
        ("words", [["line 2"]], "1 a b c d"),
        ("commas", [["line 2"]], "1,0.5,0.5,0.2,0.2"),
        ("decimal_commas", [["line 2"]], "1 0,5 0,5 0,2 0,2"),
        ("underscores", [["line 2"]], "1 0.5 0_0.5 0.2 0.2"),
        ("outline_cut_off", [["line 2"]], "1 0.1 0.1 0.5 0.1 0.5 0.6 0.9"),
        ("a_line_of_a_million_characters", [["line 2", "name_chars", "long"]], "1 " + "0.5 " * 250_001),
    ):
        _add(corpus, name, DROP, words, GOOD + line + "\n" + GOOD, also_ok=[REJECT] if name.startswith("a_line") else [], **LINE)
    _add(corpus, "windows_lines", ACCEPT, [], b"\xef\xbb\xbf" + (GOOD + "\n" + GOOD).replace("\n", "\r\n").encode())
    _add(corpus, "tabs_and_blanks", ACCEPT, [], "  0\t0.5   0.5\t0.2 0.2  \n\n \t\n")
    _add(corpus, "old_macintosh_lines", ACCEPT, [], (GOOD + "1 0.3 0.3 0.1 0.1\n").replace("\n", "\r"), also_ok=[DROP])
    six = GOOD + "1 0.5 0.5 0.2 0.2 0.9\n"
    _add(corpus, "six_columns", ACCEPT, [["line 2"], ["column", "score"]], six, also_ok=[DROP])
    _add(corpus, "zeros", REJECT, [["line 2", "NUL"]], GOOD + "1 0.5 0.5\0 0.2 0.2\n", also_ok=[DROP])
    _add(corpus, "no_lines", ACCEPT, [], "")
    _add(corpus, "class_as_decimal", ACCEPT, [], "1.0 0.5 0.5 0.2 0.2\n", also_ok=[DROP])
    _add(corpus, "exponents", ACCEPT, [], "1 5e-1 5E-1 2.0e-01 +0.2\n")
    _add(corpus, "over_the_edge_by_rounding", ACCEPT, [], "1 0.9 0.5 0.2000001 1.0000001\n")
    _add(corpus, "sixteen_bits", REJECT, [["UTF-16", "UTF-8", "encod"]], GOOD.encode("utf-16"), also_ok=[DROP])
    _add(
        corpus,
        "a_picture_among_the_labels",
        REJECT,
        [["UTF-8", "encod", "line"]],
        b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)),
        also_ok=[DROP],
    )
    _add(corpus, "outlines_and_turned_boxes", ACCEPT, [], "0 0.1 0.1 0.5 0.1 0.5 0.6\n1 0.1 0.1 0.4 0.1 0.4 0.4 0.1 0.4\n")


def _hostile_yaml(corpus: Corpus) -> None:
    def add(name: str, words: Words, yaml: str | bytes, **more: object) -> None:
        _add(corpus, name, REJECT, words, GOOD, yaml, **more)

    runs = 'names: !!python/object/apply:os.system ["touch RAN_FROM_YAML"]\nnc: 3\n'
    add("yaml_that_runs", [["yaml", "tag"]], runs, must_not_exist="RAN_FROM_YAML")
    add("yaml_with_a_tuple", [["yaml", "tag"]], "names: !!python/tuple [tern, gull]\n")
    add("yaml_with_a_tag_of_its_own", [["yaml", "tag"]], "names: !bird [tern, gull]\n")
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    add("yaml_of_aliases", [["yaml", "alias", "too"]], bomb + "names: *a9\n")
    merged = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 20)}]}}\n" for n in range(1, 9))
    add("yaml_of_merges", [["yaml", "alias", "too", "merge"]], merged + "names: [tern]\n", also_ok=[ACCEPT, DROP])
    add("yaml_in_itself", [["yaml", "alias", "itself", "recurs", "names"]], "names: &n [tern, *n]\nnc: 3\n")
    add("yaml_deep", [["yaml", "depth", "deep"]], "names: " + "[" * 5_000 + "]" * 5_000 + "\n")
    add("yaml_deep_by_indents", [["yaml", "depth", "deep"]], "".join(" " * n + f"k{n}:\n" for n in range(900)))
    add("yaml_of_zeros", [["yaml", "character", "NUL"]], b"names: [tern\0, gull]\n")
    add("yaml_that_is_no_yaml", [["yaml"]], "names: [tern, gull\nnc: 3\n")
    add("yaml_with_tabs", [["yaml"]], "names:\n\t- tern\n")
    add("yaml_with_a_key_twice", [["duplicate", "twice"], ["names"]], "names: [tern, gull, skua]\nnames: [gull, tern, skua]\n")
    add("yaml_in_latin_1", [["UTF-8", "encod", "yaml"]], "names: [Möwe, gull, skua]\n".encode("latin-1"))
    add("yaml_large", [["yaml", "limit"]], YAML + "# " + "x" * (2 << 20) + "\n")
    add("yaml_names_are_a_number", [["names"]], "names: 7\nnc: 3\n")
    add("yaml_names_are_lists", [["names"]], "names: [[tern], [gull], [skua]]\n")
    add("yaml_names_skip", [["names", "class"]], "names: {0: tern, first: gull}\n", also_ok=[ACCEPT])
    add("yaml_names_are_negative", [["names", "class", "-1"]], "names: {0: tern, -1: gull}\n", also_ok=[ACCEPT])
    add("yaml_names_far_apart", [], "names: {0: tern, 99999999999: gull}\n", also_ok=[ACCEPT])
    add("yaml_two_documents", [["yaml", "document"]], YAML + "---\n" + YAML, also_ok=[ACCEPT])


def _odd_yaml(corpus: Corpus) -> None:
    two = "names: [no, 010, 1e3]\nnc: 3\ntrain: images\n"
    _add(corpus, "yaml_words_that_are_names", ACCEPT, [], GOOD + "1 0.3 0.3 0.1 0.1\n2 0.3 0.6 0.1 0.1\n", two)
    _add(
        corpus,
        "yaml_with_fewer_than_it_says",
        ACCEPT,
        [["nc", "names"]],
        GOOD,
        "names: [tern, gull, skua]\nnc: 80\n",
        also_ok=[REJECT],
    )
    _add(
        corpus,
        "yaml_with_a_name_twice",
        ACCEPT,
        [["twice", "duplicate", "same name"]],
        GOOD,
        "names: [tern, gull, tern]\nnc: 3\n",
        also_ok=[REJECT],
    )
    _add(
        corpus,
        "yaml_that_leads_out",
        ACCEPT,
        [],
        GOOD,
        "path: ../../../../etc\nnames: [tern, gull, skua]\nval: ../../passwd\n",
        also_ok=[REJECT, DROP],
    )
    _add(
        corpus, "yaml_that_downloads", ACCEPT, [], GOOD, YAML + "download: touch RAN_FROM_YAML\n", must_not_exist="RAN_FROM_YAML"
    )
    _add(
        corpus,
        "yaml_that_fetches",
        ACCEPT,
        [],
        GOOD,
        "names: [tern, gull, skua]\nval: https://127.0.0.1:9/val.zip\n",
        also_ok=[REJECT, DROP],
    )
    _add(corpus, "yaml_with_a_mark", ACCEPT, [], GOOD, b"\xef\xbb\xbf" + YAML.replace("\n", "\r\n").encode())
    _add(corpus, "yaml_without_names", ACCEPT, [["names", "class"]], GOOD, "nc: 3\ntrain: images\n", also_ok=[REJECT])
    _add(corpus, "yaml_of_nothing", ACCEPT, [["names", "class", "empty"]], GOOD, "", also_ok=[REJECT])


def _found(corpus: Corpus) -> None:
    good = "0 0.3 0.3 0.2 0.2 0.9\n"
    more = {"dropped": 1, "dropped_unit": "prediction"}
    for name, words, line in (
        ("score_nan", [["score"]], "1 0.5 0.5 0.2 0.2 nan"),
        ("score_a_word", [["score", "line 2", "number"]], "1 0.5 0.5 0.2 0.2 high"),
        ("box_nan", [["finite", "NaN"]], "1 nan 0.5 0.2 0.2 0.5"),
        ("too_few_columns", [["line 2", "columns"]], "1 0.5 0.5 0.2"),
        ("class_beyond_the_list", [["class"], ["7"]], "7 0.5 0.5 0.2 0.2 0.5"),
    ):
        corpus.found_in(f"pred/yolo_{name}", DROP, words, {"a.txt": good + line + "\n" + good}, **more)
    corpus.found_in("pred/yolo_of_an_unknown_picture", DROP, [["zebra"]], {"zebra.txt": good, "a.txt": good}, **more)
    corpus.found_in("pred/yolo_of_unknown_pictures_only", REJECT, [["match", "none of", "unknown", "image"]], {"zebra.txt": good})
    corpus.found_in("pred/yolo_of_nothing", ACCEPT, [], {"a.txt": "", "b.txt": "", "c.txt": ""}, also_ok=[REJECT])
