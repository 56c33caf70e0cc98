"""The pages in a real browser: they open, sort, filter and link, and ask nobody for anything."""

import re
import shutil
import warnings

import pytest

pytest.importorskip("jinja2")
pytest.importorskip("playwright", reason="needs: pip install playwright")

from playwright.sync_api import sync_playwright

from crosscheck.report.html import ClassView, class_entry, class_page, page_file
from test_report_html.classroom import NAMES, class_of, judged, report_of, written
from test_report_html.test_hostile import HOSTILE, pages

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on the path: apt install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with warnings.catch_warnings(), sync_playwright() as started:
        warnings.simplefilter("ignore")
        # Without its own sandbox, for a container's root has none; it opens our files only.
        running = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser):
    """``opened(path, **context)`` is a page; at the end it must have asked for files only, and have
    complained of nothing.
    """
    contexts, requests, complaints = [], [], []

    def open_(path, **options):
        context = browser.new_context(**options)
        contexts.append(context)

        def route(asked):
            requests.append(asked.request.url)
            asked.continue_() if asked.request.url.startswith("file:") else asked.abort()

        context.route("**/*", route)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith("file:")] == []
    assert complaints == []


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The class page, with all others."""
    return written(tmp_path_factory.mktemp("class"), class_of())


@pytest.fixture(scope="module")
def wrong(home):
    """A submission with mistakes of many kinds."""
    return home.parent / "submissions" / page_file("Diego Fernández")


def names(page):
    """Of the rows that are shown, in their order."""
    return page.locator("#heat tbody tr:visible th a").all_inner_texts()


def focused(page):
    return page.evaluate("document.activeElement.closest('th, td').innerText.trim()")


# -- the class page ----------------------------------------------------------------------------


def test_opens_with_every_submission(opened, home):
    page = opened(home)
    assert names(page) == NAMES
    assert page.inner_text("#count") == "40 of 40 shown"


def test_sorts_by_a_header_and_says_so(opened, home):
    page = opened(home)
    header = page.locator("#heat thead th", has_text="Points")
    header.get_by_role("button").click()
    points = [float(t) for t in page.locator("#heat tbody tr td:nth-child(2)").all_inner_texts()]
    assert points == sorted(points, reverse=True)
    assert header.get_attribute("aria-sort") == "descending"
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert page.locator("#heat th[aria-sort]").count() == 1


def test_sorts_a_layer_by_how_bad_it_is(opened, home):
    page = opened(home)
    page.locator("#by").select_option(label="max_pool, worst first")
    marks = page.locator("#heat tbody tr").evaluate_all(
        "rows => rows.map(row => row.cells[10].className)"
    )
    order = "cxhumjwp"
    assert [*marks] == sorted(marks, key=order.index)
    assert len(set(marks)) > 2
    page.locator("#by").select_option(label="as listed")
    assert names(page) == NAMES


def test_filters_by_name_and_tells_how_many(opened, home):
    page = opened(home)
    page.fill("#find", "LIN")  # in whatever case
    assert names(page) == [
        "Lin Mei",
        "Maximiliana-Theodora von Hohenlohe-Waldenburg-Schillingsfürst",
        "Sara Lindqvist",
    ]
    assert page.inner_text("#count") == "3 of 40 shown"
    assert page.get_attribute("#count", "aria-live") == "polite"
    page.fill("#find", "nobody of that name")
    assert page.is_visible("#none")


@pytest.mark.parametrize(("option", "count"), [("error", 3), ("flagged", 2)])
def test_filters_by_what_is_to_be_looked_at(opened, home, option, count):
    page = opened(home)
    page.select_option("#only", option)
    assert page.inner_text("#count") == f"{count} of 40 shown"


def test_right_and_wrong_together_are_all(opened, home):
    page = opened(home)
    counts = []
    for option in ("wrong", "right"):
        page.select_option("#only", option)
        counts.append(len(names(page)))
    assert sum(counts) == 40
    assert 0 < counts[1] < counts[0]


def test_a_cause_shows_its_submissions_in_the_table(opened, home):
    page = opened(home)
    first = page.locator(".causes li").first
    count = int(first.locator(".count b").inner_text())
    first.get_by_role("button", name="Show in the table").click()
    assert len(names(page)) == count
    first.locator("summary").click()
    assert set(first.locator(".names a").all_inner_texts()) == set(names(page))
    page.locator("#clear").click()
    assert len(names(page)) == 40


def test_links_lead_to_the_submission_and_back(opened, home):
    page = opened(home)
    page.locator("#heat").get_by_role("link", name="Grace Hopper").click()
    page.wait_for_url("**/grace-hopper-*.html")
    assert page.inner_text("h1") == "Grace Hopper"
    page.get_by_role("link", name="All submissions").click()
    page.wait_for_url("**/class.html")


def test_every_link_leads_to_a_page_that_is_there(opened, home):
    page = opened(home)
    links = page.locator("a").evaluate_all("links => links.map(l => l.getAttribute('href'))")
    for href in set(links):
        file, _, place = href.partition("#")
        text = (home.parent / file).read_text(encoding="utf-8") if file else page.content()
        assert f'id="{place}"' in text or not place, href


def test_a_cell_leads_to_its_layer(opened, home):
    page = opened(home)
    page.locator("#heat tbody tr").nth(10).locator("td.x, td.h").first.click()
    page.wait_for_url(re.compile(r"diego.*#layer-"))


def test_the_table_is_walked_with_the_keyboard(opened, home):
    page = opened(home)
    page.focus("#by")
    page.keyboard.press("Tab")
    assert focused(page) == "Ada Lovelace"
    for key, at in (("ArrowDown", "Alan Turing"), ("Control+End", None), ("Home", NAMES[-1])):
        page.keyboard.press(key)
        assert at is None or focused(page).startswith(at)
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.get_attribute("#heat thead th:nth-child(2)", "aria-sort") == "descending"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    best = focused(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/submissions/**")
    assert page.inner_text("h1") == best


def test_tab_passes_the_table_in_one_step(opened, home):
    page = opened(home)
    page.focus("#by")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert not page.evaluate("!!document.activeElement.closest('#heat')")


def test_what_has_the_focus_is_never_under_the_sticky_headers(opened, home):
    page = opened(home)
    page.focus("#by")
    page.keyboard.press("Tab")
    for key in ["ArrowDown"] * 30 + ["ArrowUp"] * 28:
        page.keyboard.press(key)
        top, bottom, head, foot = page.evaluate(EDGES)
        assert head - 1 <= top
        assert bottom <= foot + 1


EDGES = """() => {
  const box = (e) => e.getBoundingClientRect();
  const at = box(document.activeElement), table = document.querySelector("#heat");
  const [head, foot] = [table.tHead, table.tFoot].map((part) => box(part.rows[0].cells[0]));
  return [at.top, at.bottom, head.bottom, foot.top];
}"""


def test_the_skip_link_is_the_first_stop(opened, home):
    page = opened(home)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_focus_can_be_seen(opened, home):
    page = opened(home)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


def test_a_screen_reader_hears_status_and_sort(opened, home):
    tree = opened(home).locator("#heat").aria_snapshot()
    assert 'rowheader "Ada Lovelace"' in tree
    assert 'gridcell "partly wrong: dw"' in tree
    assert 'columnheader "affine"' in tree


def test_without_scripts_it_is_a_table_with_links(opened, home):
    page = opened(home, java_script_enabled=False)
    assert page.locator("#heat tbody tr").count() == 40
    assert not page.locator(".tools").is_visible()
    assert not page.get_by_role("button").count()
    page.get_by_role("link", name="Grace Hopper").first.click()
    page.wait_for_url("**/grace-hopper-*.html")


# -- both pages --------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["home", "wrong"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(opened, request, which, width):
    page = opened(request.getfixturevalue(which), viewport={"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("which", ["home", "wrong"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_ground_by_day_and_by_night(opened, request, which, scheme):
    page = opened(request.getfixturevalue(which), color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (_light(ground) < 0.1) == (scheme == "dark")
    assert page.evaluate(CONTRAST) == []


def _light(colour):
    return sum(int(n) for n in re.findall(r"\d+", colour)[:3]) / 765


# Of text, and of the cells' signs: where the contrast with what lies behind is below 4.5.
CONTRAST = """() => {
  const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  const look = (e, colour, sign) => {
    const [a, b] = [light(colour), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${sign}`);
  };
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility()) continue;
    const sign = getComputedStyle(e, "::before");
    if (e.matches("#heat tbody td[class]:not(.n)")) look(e, rgb(sign.color), sign.content);
    else if ([...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
      if (e instanceof HTMLElement) look(e, rgb(getComputedStyle(e).color), e.textContent);
  }
  return [...new Set(bad)];
}"""


def test_long_names_wrap(opened, tmp_path):
    path = written(tmp_path, [("x" * 250, report_of({"relu": judged("relu")}), class_facts())])
    page = opened(path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("#heat a").click()
    page.wait_for_url("**/submissions/**")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def class_facts():
    return next(iter(class_of()))[2]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing_in_a_browser(opened, tmp_path, text):
    for i, made in enumerate(pages(text)):
        path = tmp_path / f"{i}.html"
        path.write_text(made, encoding="utf-8")
        page = opened(path)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("window.pwned") is None


def test_a_script_that_got_in_would_not_run(browser, tmp_path):
    """The policy is the second wall: proved with a page that has a hole."""
    made = pages("plain")[0].replace("</main>", "<script>window.pwned = 1</script></main>")
    (tmp_path / "hole.html").write_text(made, encoding="utf-8")
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((tmp_path / "hole.html").as_uri())
    assert page.evaluate("window.pwned") is None
    assert any("Content Security Policy" in text for text in said)
    page.close()


# -- the submission's page ---------------------------------------------------------------------


def test_the_snippet_is_copied(opened, wrong):
    page = opened(wrong, permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("button[data-copy]").first
    code = page.locator(f"#{button.get_attribute('data-copy')}").inner_text()
    button.click()
    page.wait_for_function("document.getElementById('said').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()").split() == code.split()


def test_copied_code_has_no_line_numbers_of_the_page(opened, wrong):
    numbers = opened(wrong).locator(".code .no").first
    assert numbers.evaluate("e => getComputedStyle(e).userSelect") == "none"


def test_error_maps_are_pictures_with_words(opened, wrong):
    page = opened(wrong)
    maps = page.locator("svg.map")
    assert maps.count() >= 2
    for one in maps.all():
        assert one.get_attribute("role") == "img"
        assert re.match(r"Errors of \w+: .+ wrong", one.get_attribute("aria-label"))
        assert one.locator("rect title").count() == one.locator("rect").count()
        assert one.bounding_box()["width"] > 10


def test_the_layers_of_the_table_lead_to_their_sections(opened, wrong):
    page = opened(wrong)
    page.locator("table.plain tbody th a").first.click()
    assert page.evaluate("location.hash.startsWith('#layer-')")
    assert page.locator("section.layer:target").count() == 1


def test_a_thousand_submissions_open_sort_and_filter(opened, tmp_path):
    students = list(class_of([f"{NAMES[i % 37]} {i}" for i in range(1000)]))
    entries = [
        class_entry(
            name,
            {**report, "layers": {f"{n}{k}": e for k in "ab" for n, e in report["layers"].items()}},
            facts,
        )
        for name, report, facts in students
    ]
    (tmp_path / "class.html").write_text(class_page(ClassView("Big", entries)), encoding="utf-8")
    page = opened(tmp_path / "class.html")
    assert page.inner_text("#count") == "1000 of 1000 shown"
    page.locator("#by").select_option(label="Points, least first")
    page.fill("#find", "grace hopper")
    assert page.inner_text("#count") == "27 of 1000 shown"
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert loaded < 20_000  # about 2 s here; a slow machine is no failure
