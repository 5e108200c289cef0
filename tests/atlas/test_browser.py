"""The pages in a real browser: Chromium, where there is one."""

import shutil
import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from stand_in import CLASSES, HOSTILE

pytest.importorskip("selenium", reason="selenium drives the browser")
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver")
PAGES = ("index", "pictures", "classes", "layers", "maps", "claims", "figures", "tables")


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1300,900"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(DRIVER)
    with webdriver.Chrome(options=options, service=service) as driver:
        driver.implicitly_wait(5)
        yield driver


@pytest.fixture
def visit(browser, small):
    """Open a page; at its end nobody may have complained."""

    def visit(page, folder=small):
        browser.get((folder / "atlas" / f"{page}.html").as_uri())
        browser.find_element(By.CSS_SELECTOR, "body[data-ready]")  # waits for it
        return browser

    yield visit
    complaints = browser.get_log("browser")
    assert [c for c in complaints if "no.png" not in c["message"]] == []


def tiles(browser):
    return browser.find_elements(By.CSS_SELECTOR, ".tile")


def count(browser):
    return int(browser.find_element(By.ID, "count").text.split(" of ")[0])


def choose(browser, name, value):
    """Set a field of the filters as a user does."""
    browser.execute_script(
        "const field = document.querySelector('#filters').elements[arguments[0]];"
        "field.value = arguments[1]; field.dispatchEvent(new Event('input', {bubbles: true}));",
        name,
        value,
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [1300, 390])
def test_every_page_opens_without_a_complaint(visit, page, width):
    visit(page).set_window_size(width, 900)
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visit(page).execute_script(wide) <= 1  # nothing sticks out
    visit(page).set_window_size(1300, 900)


def test_only_pictures_in_view_are_in_the_page(visit):
    browser = visit("pictures")
    assert count(browser) == 480
    assert 0 < len(tiles(browser)) < 120
    browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    time.sleep(0.3)
    shown = [tile.get_attribute("aria-label") for tile in tiles(browser)]
    assert any("other" in label for label in shown)


SCROLLED = """
const done = arguments[arguments.length - 1], wall = document.querySelector("#wall"), seen = [];
const frames = async (n) => { for (; n > 0; n--) await new Promise(requestAnimationFrame); };
(async () => {
  scrollTo(0, 600); await frames(4);
  const before = new Set(wall.querySelectorAll(".tile"));
  new MutationObserver((found) => seen.push(...found))
    .observe(wall, { attributeFilter: ["style"], childList: true, subtree: true });
  scrollBy(0, 400); await frames(4);
  const tiles = [...wall.querySelectorAll(".tile")];
  done({
    restyled: seen.filter((one) => one.type === "attributes").length,
    added: seen.reduce((n, one) => n + one.addedNodes.length, 0),
    come: tiles.filter((tile) => !before.has(tile)).length,
    kept: tiles.filter((tile) => before.has(tile)).length,
  });
})();
"""


def test_scrolling_touches_only_what_comes_into_view(visit):
    found = visit("pictures").execute_async_script(SCROLLED)
    assert found["restyled"] == 0
    assert found["kept"] > 0
    assert found["added"] == found["come"] > 0


def test_pictures_are_drawn(visit):
    browser = visit("pictures")
    time.sleep(0.5)
    seen = tiles(browser)[0].find_element(By.TAG_NAME, "canvas").screenshot_as_png
    with Image.open(BytesIO(seen)) as image:
        assert np.asarray(image.convert("RGB")).std() > 20  # and not one colour


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        ("set", "opposites", 240),
        ("network", "other", 240),
        ("status", "diverged", 40),
        ("search", "class_images größe", 6),
        ("search", HOSTILE, 12),
        ("group", HOSTILE, 24),
    ],
)
def test_filters_leave_what_they_say(visit, field, value, left):
    browser = visit("pictures")
    choose(browser, field, value)
    assert count(browser) == left


def test_sorting_by_loss(visit):
    browser = visit("pictures")
    choose(browser, "sort", "loss_end")
    order = "return [...document.querySelectorAll('.tile')].slice(0, 8).map((t) => t.title)"
    assert all(
        CLASSES[0] in title or CLASSES[1] in title for title in browser.execute_script(order)
    )


def test_one_picture_large_and_its_address(visit, small):
    browser = visit("pictures")
    tiles(browser)[3].click()
    dialog = browser.find_element(By.ID, "large")
    browser.find_element(By.CSS_SELECTOR, "#large .main-svg")  # the trace, drawn
    for said in ("class 3", "mine:logits[3]", "snakemake 'results/mine/images/class_images/mine/"):
        assert said in dialog.text
    address = browser.current_url
    dialog.send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()
    browser.get("about:blank")
    browser.get(address)
    assert "mine:logits[3]" in browser.find_element(By.ID, "large").text


def test_pictures_side_by_side_by_keyboard(visit):
    browser = visit("pictures")
    first = tiles(browser)[0]
    first.send_keys(Keys.SPACE)
    first.send_keys(Keys.ARROW_RIGHT)
    browser.switch_to.active_element.send_keys(Keys.SPACE)
    browser.find_element(By.ID, "compare").click()
    assert len(browser.find_elements(By.CSS_SELECTOR, "#large .shot")) == 2


def test_classes_have_their_pictures(visit):
    browser = visit("classes")
    assert HOSTILE in browser.find_element(By.ID, "one").text
    assert count(browser) == 12
    browser.find_element(By.ID, "after").click()
    assert CLASSES[1] in browser.find_element(By.ID, "one").text


def test_a_claim_opens(visit):
    browser = visit("claims")
    row = browser.find_element(By.CSS_SELECTOR, "#ledger tbody tr")
    row.send_keys(Keys.ENTER)
    assert "nothing here was made with" in browser.find_element(By.ID, "ledger").text
    assert row.get_attribute("aria-expanded") == "true"
