"""A team's files are taken in, updated and taken away, and a report says what became of each."""

import io
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, StreamObject

from knowledge import apart, files
from knowledge.importing import Report
from knowledge.library import Library, UnknownDocumentError


@pytest.fixture
def library() -> Iterator[Library]:
    opened = Library(":memory:", encoder=lambda: None)
    yield opened
    opened.close()


def only(reports: list[Report]) -> Report:
    assert len(reports) == 1
    return reports[0]


def team_names(library: Library) -> list[str]:
    return [document.name for document in library.documents() if document.collection == "team"]


def pdf_of(*pages: str, password: str = "") -> bytes:
    writer = PdfWriter()
    for text in pages:
        page = writer.add_blank_page(300, 300)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
        stream.set_data(f"BT /F1 12 Tf 14 TL 20 250 Td {lines} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_a_file_is_added_once_and_then_unchanged(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "refunds.md"
    page.write_text("# Refunds\n\nMoney comes back within ten days.\n")
    first, second = only(library.add(page)), only(library.add(page))
    assert (first.outcome, first.document, first.passages) == ("added", "refunds", 1)
    assert (second.outcome, second.passages) == ("unchanged", 0)


def test_only_what_changed_in_a_file_is_written_again(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "refunds.md"
    page.write_text("## One\n\nFirst words.\n\n## Two\n\nSecond words.\n")
    library.add(page)
    page.write_text("## One\n\nFirst words.\n\n## Two\n\nOther words.\n\n## Three\n\nThird words.\n")
    changed = only(library.add(page))
    assert (changed.outcome, changed.passages) == ("changed", 2)
    two = library.passage("refunds/two")
    assert two
    assert two.text == "Other words."
    assert library.search("second", document="refunds") == []


def test_a_removed_document_is_found_no_more(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "zebra.txt"
    page.write_text("Zebras graze in Zanzibar.")
    library.add(page)
    assert library.search("zebras", document="zebra")
    assert library.remove("zebra") == 1
    assert library.search("zebras", document="zebra") == []
    assert team_names(library) == []


def test_what_is_not_there_cannot_be_removed_and_the_handbook_stays(library: Library) -> None:
    with pytest.raises(UnknownDocumentError, match="no document"):
        library.remove("zebra")
    with pytest.raises(UnknownDocumentError, match="handbook"):
        library.remove("faq")


def test_a_second_file_of_the_same_name_needs_a_name_of_its_own(library: Library, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.txt").write_text(f"Words of {folder}.")
    first, second = library.add(tmp_path)
    assert (first.outcome, second.outcome) == ("added", "skipped")
    assert "--name" in second.reason
    assert only(library.add(tmp_path / "b/notes.txt", name="other notes")).document == "other notes"
    assert only(library.add(tmp_path / "b/notes.txt")).outcome == "unchanged"
    assert team_names(library) == ["notes", "other notes"]


def test_a_given_name_takes_the_place_of_another_file(library: Library, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / f"{name}.txt").write_text(f"Words of {name}.")
    library.add(tmp_path / "old.txt", name="notes")
    assert only(library.add(tmp_path / "new.txt", name="notes")).outcome == "changed"
    assert library.search("words", document="notes")[0].passage.text == "Words of new."


def test_a_name_of_the_handbook_is_refused(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "FAQ.md"
    page.write_text("# Ours\n\nWords.\n")
    report = only(library.add(page))
    assert report.outcome == "skipped"
    assert "handbook" in report.reason
    assert only(library.add(page, name="our faq")).outcome == "added"


@pytest.mark.parametrize("name", ["handbook", "Guidance", "sextant"])
def test_a_name_that_looks_official_is_refused(library: Library, tmp_path: Path, name: str) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Ours\n\nWords.\n")
    assert "another --name" in only(library.add(page, name=name)).reason
    assert team_names(library) == []


def test_one_file_has_one_name(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Ours\n\nWords.\n")
    library.add(page, name="first")
    assert "as 'first' already" in only(library.add(page, name="second")).reason
    assert team_names(library) == ["first"]


def test_a_folder_is_walked_with_a_report_for_every_file(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "docs"
    (root / "deep/er").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git/x.md").write_text("never read")
    (root / "deep/er/good.md").write_text("Good words.")
    (root / "empty.md").write_text(" \n")
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "secret.md").write_text("Secret words.")
    (root / "out.md").symlink_to(tmp_path / "secret.md")
    (root / "loop").symlink_to(root)
    (root / "lost.md").symlink_to(root / "nowhere.md")
    reports = {Path(report.path).name: report for report in library.add(root)}
    assert {name for name, report in reports.items() if report.outcome == "added"} == {"good.md"}
    reasons = {name: report.reason for name, report in reports.items() if report.outcome == "skipped"}
    assert set(reasons) == {"empty.md", "picture.png", "binary.txt", "out.md", "loop", "lost.md"}
    assert "empty" in reasons["empty.md"]
    assert "binary" in reasons["binary.txt"]
    assert "out of the folder" in reasons["out.md"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_text_of_any_usual_encoding_is_read(library: Library, tmp_path: Path, encoding: str) -> None:
    page = tmp_path / "menu.txt"
    page.write_bytes("Die Crème brûlée kostet fünf Franken im Café.\r\n".encode(encoding))
    assert only(library.add(page)).outcome == "added"
    assert library.search("creme", document="menu")[0].passage.text.startswith("Die Crème brûlée kostet")


def test_a_stray_nul_byte_does_no_harm(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "nul.txt"
    page.write_bytes(b"Words before\0 and after the stray byte, and many more of them so that it is text.")
    assert only(library.add(page)).outcome == "added"


def test_a_file_that_is_too_large_is_refused(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_TEXT_BYTES", 1_000_000)
    page = tmp_path / "huge.txt"
    page.write_bytes(b"x" * 1_000_001)
    assert "larger than 1 MB" in only(library.add(page)).reason


def test_odd_names_are_taken_as_they_are(library: Library, tmp_path: Path) -> None:
    odd = [
        tmp_path / "tab\there & 'quotes' ünï 🙂.md",
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xffbyte.md")),
        tmp_path / "--name.md",
    ]
    for page in odd:
        page.write_text("Some words.")
        report = only(library.add(page))
        assert report.outcome == "added"
        hit = library.search("words", document=report.document)[0]
        assert library.passage(hit.passage.id) == hit.passage


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.md",
        "\u202egpj.exe.md",
        "-rf.md",
        "CON.md",
        "a\x1b[2Jb.md",
        "%s{0}.md",
        f"{'x' * 252}.md",
        " .md",
    ],
)
def test_a_hostile_name_is_a_name_like_any_other(library: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Some words.")
    report = only(library.add(tmp_path))
    assert report.outcome == "added"
    assert report.document.isprintable()
    assert "/" not in report.document
    assert library.remove(report.document) == 1


@pytest.mark.parametrize(
    "path", ["x" * 4096 + ".md", "a/../../../../../../../nowhere/x.md", "/dev/zero", "/dev/stdin"]
)
def test_what_is_no_file_is_reported_and_never_read(library: Library, path: str) -> None:
    assert only(library.add(path)).outcome == "skipped"


def test_a_pipe_and_a_link_to_a_device_are_not_waited_for(library: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    assert {report.outcome for report in library.add(tmp_path)} == {"skipped"}
    assert "no regular file" in only(library.add(tmp_path / "zero.md")).reason


@pytest.mark.parametrize("path", ["nowhere.md", "no\0where.md"])
def test_a_path_that_is_not_there_is_reported(library: Library, path: str) -> None:
    assert only(library.add(path)).outcome == "skipped"


def test_a_folder_takes_no_name(library: Library, tmp_path: Path) -> None:
    assert "single file" in only(library.add(tmp_path, name="x")).reason


def test_a_pdf_is_read_page_by_page(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "manual.pdf"
    page.write_bytes(pdf_of("The pump runs dry after an hour.", "Call the plumber on Mondays."))
    assert only(library.add(page)).passages == 2
    hit = library.search("plumber", document="manual")[0]
    assert hit.passage.heading == "Page 2"
    assert hit.passage.id == "manual/page-2"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf_of("Hidden words.", password="secret"), "encrypted"),
        (b"%PDF-1.7 and then nothing of use", "broken"),
        (b"\x00\x01\x02 no pdf at all", "broken"),
        (pdf_of(""), "no text"),
        (pdf_of("Cut off in the middle.")[:300], "broken"),
    ],
)
def test_a_pdf_without_readable_text_is_refused_with_the_reason(
    library: Library, tmp_path: Path, content: bytes, reason: str
) -> None:
    page = tmp_path / "manual.pdf"
    page.write_bytes(content)
    assert reason in only(library.add(page)).reason


def test_what_was_added_is_there_after_a_restart(tmp_path: Path) -> None:
    page = tmp_path / "refunds.md"
    page.write_text("# Refunds\n\nMoney comes back within ten days.\n")
    first = Library(tmp_path / "sextant.db", encoder=lambda: None)
    first.add(page)
    first.close()
    second = Library(tmp_path / "sextant.db", encoder=lambda: None)
    assert second.search("money", document="refunds")
    assert only(second.add(page)).outcome == "unchanged"
    second.close()


def test_readers_of_files_are_loaded_only_when_a_file_is_read() -> None:
    code = (
        "import sys; from knowledge.library import Library; Library(':memory:').documents();"
        "print({'markdown_it', 'bs4', 'pypdf', 'numpy', 'onnxruntime'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("line", ["a\n\n", "| a | b |\n"])
def test_a_long_file_of_simple_lines_takes_no_longer_a_line_than_a_short_one(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(apart, "CPU_SECONDS", 4)
    page = tmp_path / "long.txt"
    page.write_text(line * 100_000)
    report = only(library.add(page))
    assert (report.outcome, report.reason) in (("added", ""), ("skipped", "it holds no text"))


def test_a_page_that_the_parser_rejects_is_refused(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "odd.html"
    page.write_bytes(b"<![" * 1000)
    assert "cannot be read" in only(library.add(page)).reason


def test_a_file_that_would_take_for_ever_is_refused_and_the_next_is_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "CPU_SECONDS", 1)
    (tmp_path / "a.html").write_bytes(b"<table><tr><td>" * 30_000)
    (tmp_path / "b.md").write_text("Good words.")
    bomb, good = library.add(tmp_path)
    assert (bomb.outcome, good.outcome) == ("skipped", "added")
    assert "too long" in bomb.reason


def test_a_file_that_would_fill_the_memory_is_refused_and_the_next_is_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MEMORY", 200_000_000)
    monkeypatch.setattr(apart, "CPU_SECONDS", 60)
    row = b"|" + b"a|" * 1000 + b"\n"
    (tmp_path / "a.md").write_bytes(row + b"|" + b"-|" * 1000 + b"\n" + row * 1500)
    (tmp_path / "b.pdf").write_bytes(pdf_of("Good words."))
    bomb, good = library.add(tmp_path)
    assert (bomb.outcome, good.outcome) == ("skipped", "added")
    assert "memory" in bomb.reason


def test_a_small_pdf_that_unpacks_to_much_is_refused(library: Library, tmp_path: Path) -> None:
    writer = PdfWriter(io.BytesIO(pdf_of("x")))
    page = writer.pages[0]
    stream = StreamObject()
    stream._data = zlib.compress(b"BT /F1 12 Tf (x) Tj ET " * 4_000_000)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(stream)
    target = tmp_path / "bomb.pdf"
    writer.write(target)
    assert target.stat().st_size < 1_000_000
    assert only(library.add(target)).outcome == "skipped"
