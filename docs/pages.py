"""Takes the pictures of the web pages: a class of students who do not exist, in a real browser.

``python docs/pages.py`` writes docs/images/*.png. It needs Jinja2, Playwright and Chromium.
"""

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from test_report_html.classroom import class_of, written  # noqa: E402

from crosscheck.report.html import page_file  # noqa: E402

DESK, PHONE = {"width": 1120, "height": 940}, {"width": 360, "height": 720}
STUDENT = "Chiara Ricci"
FACTS = {"Oracle": "hidden.oracle, sha256 3f9a1c02b7"}


def main() -> None:
    """Write the pages of the class to a folder of their own, and photograph them."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        home = written(Path(folder), class_of(), facts=FACTS)
        one = home.parent / "submissions" / page_file(STUDENT)
        path = shutil.which("chromium")
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, page, size, scheme, place in (
            ("class", home, DESK, "light", ""),
            ("class-table", home, DESK, "light", "#table"),
            ("class-dark", home, DESK, "dark", "#table"),
            ("class-phone", home, PHONE, "light", "#table"),
            ("submission", one, DESK, "light", ""),
            ("submission-layer", one, DESK, "light", "#layer-dropout"),
            ("submission-dark", one, DESK, "dark", "#layer-dropout"),
            ("submission-phone", one, PHONE, "light", "#layer-dropout"),
        ):
            photograph(browser, name, page, size, scheme, place)
        browser.close()


def photograph(
    browser: Browser, name: str, page: Path, size: dict[str, int], scheme: str, place: str
) -> None:
    """What one window shows, at a place of a page."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    window = context.new_page()
    window.goto(page.as_uri() + place)
    folder = ROOT / "docs" / "images"
    folder.mkdir(exist_ok=True)
    window.screenshot(path=folder / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()
