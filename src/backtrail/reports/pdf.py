"""An edition as PDF: the same page that is read on a screen, set by WeasyPrint as a tagged document (PDF/UA-1).

Nothing is fetched while it is set: the page has everything in it. The same document gives the same bytes.
"""

from backtrail.model.errors import UsageError
from backtrail.reports.document import Document
from backtrail.reports.html import render

_PAGES = {"A4": "A4", "Letter": "letter"}


def pdf(document: Document, page: str = "A4") -> bytes:
    """PDF of an edition.

    Args:
        document: The edition.
        page: Paper: A4 or Letter.

    Raises:
        UsageError: WeasyPrint or what it needs is not installed.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise UsageError(
            f"no PDF without WeasyPrint and Pango: pip install 'backtrail[pdf]', and Debian's libpango-1.0-0, "
            f"libpangoft2-1.0-0, libharfbuzz-subset0 ({error})"
        ) from error
    fetcher = URLFetcher(allowed_protocols={"data"})
    running = f'h1 {{ string-set: tlp "TLP:{document.tlp}", head "{document.id} · {document.digest[:8]}" }}'
    sheet = CSS(string=f"@page {{ size: {_PAGES[page]} }} {running}", url_fetcher=fetcher)
    html = HTML(string=render(document).decode(), url_fetcher=fetcher)
    made: bytes = html.write_pdf(stylesheets=[sheet], pdf_variant="pdf/ua-1", pdf_identifier=document.digest.encode())
    return made
