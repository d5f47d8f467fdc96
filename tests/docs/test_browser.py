"""The site as a reader's browser shows it: narrow and wide, by day and by night; skipped where there is no chromium."""

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

WIDTHS = (400, 1400)
# A page in a frame as wide as a telephone and as wide as a screen, by day and by night: what is wrong with it.
LOOK = """<!doctype html><meta charset="utf-8"><body><pre id="found"></pre><script>
const PAGES = %s, WIDTHS = %s, found = [];
const light = (colour) => {
  const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => linear(Number(part) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (node, view) => {
  for (; node; node = node.parentElement) {
    const colour = view.getComputedStyle(node).backgroundColor;
    if (!/, 0\\)$|transparent/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
function look(frame, name, width, theme) {
  const view = frame.contentWindow, page = frame.contentDocument;
  page.body.dataset.theme = theme;
  const root = page.documentElement, said = (what) => found.push(`${name} ${width} ${theme}: ${what}`);
  if (root.scrollWidth > width + 1) said(`is ${root.scrollWidth} wide`);
  for (const image of page.querySelectorAll("article img")) {
    image.loading = "eager";
    if (image.complete && !image.naturalWidth) said(`has no picture ${image.src}`);
  }
  let least = 99, where = "";
  for (const node of page.querySelectorAll("article :is(p, li, td, th, h1, h2, pre, pre span, a, code), .sidebar-tree a")) {
    if (!node.textContent.trim() || !node.getClientRects().length) continue;
    const [one, other] = [light(view.getComputedStyle(node).color), light(behind(node, view))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < least) { least = contrast; where = node.textContent.trim().slice(0, 40); }
  }
  if (least < 4.5) said(`has a contrast of ${least.toFixed(2)} at "${where}"`);
  const size = parseFloat(view.getComputedStyle(page.querySelector("article p") || page.querySelector("article")).fontSize);
  if (size < 14) said(`has letters of ${size} pixels`);
}
async function all() {
  for (const name of PAGES) for (const width of WIDTHS) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width: ${width}px; height: 900px; border: 0`;
    const there = new Promise((done) => { frame.onload = done; });
    frame.src = name;
    document.body.append(frame);
    await there;
    for (const theme of ["light", "dark"]) look(frame, name, width, theme);
    frame.remove();
  }
  document.getElementById("found").textContent = JSON.stringify({ looked: PAGES.length, found });
}
all();
</script>"""


@contextmanager
def serving(folder):
    """A folder at an address of this machine, and what was asked for and is not there."""
    missing = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def send_error(self, code, *args, **named):
            missing.append(self.path)
            super().send_error(code, *args, **named)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", missing
    finally:
        server.shutdown()
        thread.join()


def browse(address, folder, seconds=120):
    """What a page is after its scripts have run, and what the browser has said on its console."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no chromium, which looks at the pages as a reader's browser does")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={folder}",
    ]
    command += ["--enable-logging=stderr", f"--virtual-time-budget={seconds * 1000}", "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3 * seconds)
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, said


def looked_at(folder, pages, profile):
    """What is wrong with some pages in any width and light, and what the browser said and missed."""
    (folder / "look.html").write_text(LOOK % (json.dumps(pages), json.dumps(WIDTHS)))
    with serving(folder) as (address, missing):
        page, said = browse(f"{address}/look.html", profile)
    (folder / "look.html").unlink()
    return json.loads(shown(page)), said, [path for path in missing if path != "/favicon.ico"]


def shown(page):
    """What a script has written where it shows what it found."""
    return unescape(re.search(r'<pre id="found">(.*?)</pre>', page, re.DOTALL)[1])


def test_pages_are_readable_on_a_telephone_and_on_a_screen_by_day_and_by_night(site, tmp_path):
    pages = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    found, said, missing = looked_at(site, pages, tmp_path)
    assert found == {"looked": len(pages), "found": []}
    assert not said
    assert not missing


BAD = {
    # the body of a page, and what is wrong with it
    "good": ("<p>good</p>", ""),
    "wide": ("<p style='width: 600px'>wide</p>", "wide.html 400 light: is 6"),
    "pale": ("<p style='color: #999'>pale</p>", 'pale.html 400 light: has a contrast of 2.85 at "pale"'),
    "code": ("<p>page</p><pre><span style='color: #999'>pale</span></pre>", "has a contrast of 2.85"),
    "small": ("<p style='font-size: 9px'>small</p>", "has letters of 9 pixels"),
    "picture": ("<p>picture</p><img src='none.png'>", "has no picture"),
}


def test_what_cannot_be_read_is_found(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    for name, (body, _) in BAD.items():
        (folder / f"{name}.html").write_text(f"<!doctype html><body style='margin: 0'><article>{body}</article>")
    found, _, missing = looked_at(folder, [f"{name}.html" for name in BAD], tmp_path / "profile")
    assert found["looked"] == len(BAD)
    for name, (_, what) in BAD.items():
        said = [one for one in found["found"] if one.startswith(name)]
        assert bool(said) == bool(what), said
        assert what in "".join(said)
    assert set(missing) == {"/none.png"}


def test_what_a_script_throws_is_heard(tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><body><script>nothing.at = all</script>")
    with serving(tmp_path) as (address, _):
        _, said = browse(f"{address}/page.html", tmp_path / "profile", seconds=5)
    assert len(said) == 1
    assert "nothing is not defined" in said[0]


def test_search_finds_a_page_without_a_network(site, tmp_path):
    with serving(site) as (address, _):
        page, said = browse(f"{address}/search.html?q=sudoku", tmp_path, seconds=10)
    assert "experiments/records.html" in page
    assert not said


CLICK = """<!doctype html><body><pre id="found"></pre><iframe src="experiments/records.html"></iframe><script>
document.querySelector("iframe").onload = (event) => {
  const table = event.target.contentDocument.querySelector("table.docutils"), heads = table.tHead.rows[0].cells;
  const column = () => Array.from(table.tBodies[0].rows, (row) => row.cells[2].textContent);
  const shown = [column()];
  for (const time of [1, 2]) { heads[2].click(); shown.push(column()); }
  document.getElementById("found").textContent = JSON.stringify(shown);
};</script>"""


def test_a_click_sorts_a_table_and_another_turns_it_round(site, tmp_path):
    (site / "click.html").write_text(CLICK)
    with serving(site) as (address, _):
        page, _ = browse(f"{address}/click.html", tmp_path, seconds=10)
    (site / "click.html").unlink()
    before, up, down = ([float(one) for one in column] for column in json.loads(shown(page)))
    assert up == sorted(before) != before
    assert down == up[::-1]
