"""A PDF as an outline, a page at a time, because a page is what a person can look up again."""

import io
import logging

from knowledge.outline import Outline
from knowledge.plain import read_plain

MOST_PAGES = 500
MOST_PAGE_LETTERS = 100_000


class UnreadablePdfError(ValueError):
    """A PDF from which no text can be taken, with the reason."""


def read_pdf(content: bytes) -> Outline:
    """The outline of a PDF: headings as in plain text, under the page they stand on."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadablePdfError("it is encrypted; save a copy without a password")
        if len(reader.pages) > MOST_PAGES:
            raise UnreadablePdfError(f"it has more than {MOST_PAGES} pages; split it")
        pages = [page.extract_text()[:MOST_PAGE_LETTERS] for page in reader.pages]
    except UnreadablePdfError:
        raise
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError) as error:
        raise UnreadablePdfError(f"it is broken ({type(error).__name__}); print it to a new PDF") from error
    except (RecursionError, NotImplementedError, ImportError, AssertionError) as error:
        raise UnreadablePdfError(f"pypdf cannot read it ({type(error).__name__})") from error
    if not any(page.strip() for page in pages):
        raise UnreadablePdfError("it holds no text, perhaps only scanned images; run OCR on it first")
    return _outline(pages)


def _outline(pages: list[str]) -> Outline:
    outline = Outline()
    for number, page in enumerate(pages, 1):
        outline.heading(1, f"Page {number}")
        for section in read_plain(page).sections:
            for depth, name in enumerate(section.path, 2):
                outline.heading(depth, name)
            for block in section.blocks:
                outline.block(block.text, block.also)
    return outline
