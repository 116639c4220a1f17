"""Every way a file can be wrong as YAML, and where the document says that things stand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.errors import BlueprintError, Problem
from modelyard.blueprint.loading.document import parse

JARGON = ("Traceback", "yaml.", "scanning", "scalar", "block mapping", "flow ", "token", "context")


def problems(content: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(BlueprintError) as caught:
        parse(content, "b.yaml")
    for word in JARGON:
        assert word not in str(caught.value)
    assert all(problem.next for problem in caught.value.problems)
    return caught.value.problems


def only(content: str | bytes) -> Problem:
    [problem] = problems(content)
    return problem


def place(problem: Problem) -> tuple[int, int]:
    assert problem.where
    return problem.where.line, problem.where.column


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("no", "no"),
        ("12:30:45", "12:30:45"),
        ("2026-11-23", "2026-11-23"),
        ("1.30", 1.3),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("+12", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("True", True),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ("24h", "24h"),
    ],
)
def test_words_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    found = parse(f"a: {written}\n").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_the_key_on_stays_a_word() -> None:
    assert parse("on: plant\nno: 1\n").data == {"on": "plant", "no": 1}


def test_places_of_keys_and_values() -> None:
    document = parse("a: 1\nmodels:\n  - name: x\n    serve: {engine: vllm}\n", "b.yaml")
    value = document.locate(("models", 0, "serve", "engine"))
    key = document.locate(("models", 0, "serve", "engine"), key=True)
    assert (value.file, value.line, value.column) == ("b.yaml", 4, 21)
    assert (key.line, key.column) == (4, 13)
    assert document.locate(("models", "x", "serve", "engine")) == value
    assert document.locate(("models", 0, "serve", "gone", "deep")).column == 12
    assert document.dotted(("models", 0, "serve", "engine")) == "models[x].serve.engine"


def test_the_text_of_a_number_is_kept() -> None:
    document = parse('version: 1.30\nquoted: "1.30"\n')
    assert document.scalar_text(("version",)) == "1.30"
    assert document.scalar_text(("quoted",)) is None


def test_columns_count_characters_behind_a_byte_order_mark() -> None:
    document = parse(b"\xef\xbb\xbf" + "é: x\n".encode())
    assert document.locate(("é",)).column == 4


@pytest.mark.parametrize(
    ("content", "line", "column", "what"),
    [
        ("a: 1\nb: c: d\n", 2, 5, "second ': '"),
        ("a:\n  - b\n c: d\n", 3, 2, "does not belong"),
        ("a:\n- b\nc: [1, 2\nd: 3\n", 3, 4, "'[' opened here"),
        ("a: 1\nb: [\n\n", 2, 4, "ends here"),
        ("a: {b: 1\nc: 2\n", 1, 4, "'{' opened here"),
        ('a: 1\nb: "x\nc: 3\n', 2, 4, "quote opened here"),
        ("a: 'it's'\n", 1, 8, "quote ended early"),
        ("a:\n\tb: c\n", 2, 1, "tab"),
        ("a: b\n\tc: d\n", 2, 1, "tab"),
        ("a: @x\n", 1, 4, "cannot begin with this character"),
        ("a: ]\n", 1, 4, "cannot begin with this character"),
        ('a: "\\q"\n', 1, 5, "backslash"),
        ("a:\n- b\n-c\n", 3, 1, "no ': '"),
        ("a: - b\n", 1, 4, "a list cannot begin here"),
        ("a: |x\n  b\n", 1, 5, "text follows"),
        ("%FOO x\n---\na: b\n", 1, 5, "begin with '%'"),
        ("a: !e!x y\n", 1, 4, "tags"),
    ],
)
def test_syntax_errors_in_plain_words(content: str, line: int, column: int, what: str) -> None:
    problem = only(content)
    assert what in problem.what
    assert place(problem) == (line, column)


def test_duplicate_keys_name_both_lines_and_all_are_found() -> None:
    first, second = problems("a: 1\nb: {c: 1, c: 2}\na: 2\n")
    assert place(first) == (2, 11)
    assert first.path == "b.c"
    assert "on line 2" in first.what
    assert place(second) == (3, 1)
    assert second.path == "a"
    assert "on line 1" in second.what


def test_what_was_found_before_a_syntax_error_is_said_too() -> None:
    assert [place(each)[0] for each in problems("a: 1\na: 2\nb: [\n")] == [2, 3]


@pytest.mark.parametrize("key", ["1", "true", "~", "1.5", "[a]", "{a: b}", "? [x]\n"])
def test_keys_are_text(key: str) -> None:
    problem = only(f"a:\n  {key}: x\n" if "?" not in key else f"a:\n  {key}  : x\n")
    assert place(problem)[0] == 2
    assert "quotes" in problem.next


def test_an_unfilled_template_is_recognised() -> None:
    found = problems("name: {{ team }}\n")
    assert any("template" in problem.next for problem in found)


def test_merge_keys_are_refused() -> None:
    problem = only("a: &x {b: 1}\nc:\n  <<: *x\n")
    assert place(problem) == (3, 3)
    assert "environments" in problem.next


def test_small_anchors_are_fine() -> None:
    assert parse("a: &x {b: 1}\nc: *x\n").data == {"a": {"b": 1}, "c": {"b": 1}}


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    began = time.perf_counter()
    problem = only("\n".join(lines))
    assert "aliases repeat" in problem.what
    assert time.perf_counter() - began < 2


def test_aliases_cannot_nest_deeper_than_brackets() -> None:
    lines = ["a0: &a0 x"]
    for i in range(1, 40):
        lines.append(f"a{i}: &a{i} {'[' * 40}*a{i - 1}{']' * 40}")
    assert "levels deep" in only("\n".join(lines)).what


@pytest.mark.parametrize("content", ["a: &a [*a]\n", "a: *b\n"])
def test_aliases_into_themselves_or_nothing(content: str) -> None:
    assert only(content).what.startswith("the alias")


def test_depth_is_limited_without_recursion() -> None:
    for content in ("a: " + "[" * 100_000, "a: " + "{a: " * 50_000, "- " * 50_000 + "x"):
        assert "levels deep" in only(content).what


def test_number_of_values_is_limited() -> None:
    assert "more than 100,000 values" in only("a: [" + "1," * 200_000 + "]").what


def test_number_of_problems_is_limited() -> None:
    assert len(problems("a: 1\n" * 5_000)) == 100


def test_one_document_a_file() -> None:
    problem = only("a: 1\n---\nb: 2\n")
    assert "second document" in problem.what
    assert place(problem)[0] == 2
    assert parse("---\na: 1\n...\n").data == {"a": 1}


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "---\n", "~\n"])
def test_empty_files(content: str) -> None:
    assert only(content).what == "the file is empty"


@pytest.mark.parametrize("content", ["- a\n", "just text\n", "42\n"])
def test_the_top_is_a_map(content: str) -> None:
    assert "a map of keys and values" in only(content).what


@pytest.mark.parametrize("tag", ["!secret x", "!!python/object:os.system x", "!!str 1", "! x"])
def test_tags_are_refused(tag: str) -> None:
    problem = only(f"a: 1\nb: {tag}\n")
    assert "tag" in problem.what
    assert problem.path == "b"
    assert place(problem) == (2, 4)


@pytest.mark.parametrize("number", [".nan", ".inf", "-.INF", "1e999", "9" * 5_000, str(2**63)])
def test_numbers_that_cannot_be_meant(number: str) -> None:
    problem = only(f"a: 1\nb: {number}\n")
    assert place(problem) == (2, 4)
    assert len(problem.what) < 100


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        ("a: é\n".encode("utf-16"), "UTF-16", (1, 1)),
        ("a: é\n".encode("utf-32"), "UTF-32", (1, 1)),
        ("a: 1\nb: é\n".encode("latin-1"), "0xe9", (2, 4)),
        ("a: x\n".encode("utf-16-le"), "U+0000", (1, 2)),
        ("a: 1\nb: \x00\n", "U+0000", (2, 4)),
        ("a: \x1b[31m\n", "U+001B", (1, 4)),
        ("a: x\u202ey\n", "U+202E", (1, 5)),
        ("a: x\ufeffy\n", "U+FEFF", (1, 5)),
        ("a: \ud800\n", "not UTF-8", (1, 4)),
        ('a: 1\nb: "\\e[31m"\n', "U+001B", (2, 4)),
    ],
)
def test_encodings(content: str | bytes, what: str, where: tuple[int, int]) -> None:
    problem = problems(content)[0]
    assert what in problem.what
    assert place(problem) == where


def test_a_message_cannot_leave_its_line() -> None:
    text = str(only('a: {"x\\n::error::": 1, "x\\n::error::": 2}\n'))
    assert "\n" not in text
    assert "x\\n" in text


@given(st.text() | st.text(alphabet=":{}[]-#&*!|>'\"%@`, \n\tab1<?~"))
def test_any_text_is_a_document_or_a_plain_refusal(content: str) -> None:
    try:
        assert isinstance(parse(content).data, dict)
    except BlueprintError as error:
        assert error.problems
        assert all(each.next for each in error.problems)


@given(st.binary())
def test_any_bytes_are_a_document_or_a_plain_refusal(content: bytes) -> None:
    try:
        parse(content)
    except BlueprintError as error:
        assert error.problems
