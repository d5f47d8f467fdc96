"""The pages of the site: every block of code runs and prints what the page shows, and every link leads somewhere."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from html import unescape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import click
import pytest
from symshare_cli.main import main

import symshare

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs"
sys.path.insert(0, str(FOLDER))

from blocks import LANGUAGES, PAGES, Block, blocks, commands, faults  # noqa: E402

from build import assemble  # noqa: E402


def name(path):
    return str(path.relative_to(FOLDER))


def runs(path):
    return any(
        block.language in ("python", "pycon", "console", "sh") for block in blocks(path.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("path", [path for path in PAGES if runs(path)], ids=name)
def test_the_blocks_of_a_page_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not list(faults(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_block_says_what_it_is(path):
    assert {block.language for block in blocks(path.read_text(encoding="utf-8"))} <= LANGUAGES


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```python\nx = 1\n```\n```pycon\n>>> x\n1\n```\n", ""),
        ("```{note}\nx\n```\n\n```python\nx = 1\n```\n```{note}\n```\n```pycon\n>>> x\n2\n```\n", "Expected"),
        ("```sh\nsymshare experiment sudoku  # hours\n```\n", ""),
        ("```python\nx = 1\n```\n```pycon\n>>> x\n2\n```\n", "Expected"),
        ("```console\n$ symshare count -s a -k 1\n```\n", "$ symshare count -s a -k 1"),
        ("```console\n$ symshare count -s a -k 1\n...\n```\n", ""),
        ("```console\n$ symshare count -s a -k 1\nnothing\n...\n```\n", "$ symshare count -s a -k 1"),
        (
            "```python\n# here.py\nx = 1\n```\n```pycon\n>>> import pathlib; pathlib.Path('here.py').exists()\nTrue\n```\n",
            "",
        ),
    ],
)
def test_what_is_not_as_a_page_has_it_is_found(text, fault, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(text)
    found = list(faults(page))
    assert bool(found) == bool(fault)
    assert all(fault in one for one in found)


@pytest.mark.parametrize("line", ["symshare nothing", "symshare count --nothing", "symshare count -s a -k 1 more"])
def test_a_command_that_is_not_run_is_read(line, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"```sh\nls\n{line}\n```\n")
    with pytest.raises((KeyError, click.UsageError)):
        list(faults(page))


def test_a_console_block_is_commands_with_their_outputs():
    block = Block("console", "$ symshare a\nb\nc\n$ symshare d\n", 1, 0)
    assert commands(block) == [("symshare a", "b\nc\n"), ("symshare d", "")]


@pytest.fixture(scope="module")
def assembled(tmp_path_factory):
    return assemble(tmp_path_factory.mktemp("site"), drawn=False)


LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(#(?P<heading>[^)\s]*))?\)")


def links(path):
    """The links of a page within the site, without those in code, as a file and a heading in it."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for found in LINK.finditer(text):
        yield (path.parent / found["file"] if found["file"] else path).resolve(), found["heading"]


def headings(path):
    """The names by which a link finds the headings of a page."""
    for line in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-")


def test_every_link_within_the_site_leads_somewhere(assembled):
    dead, tried = [], 0
    for page in assembled.rglob("*.md"):
        for target, heading in links(page):
            tried += 1
            if not target.is_file() or (heading and heading not in headings(target)):
                dead.append((str(page.relative_to(assembled)), str(target), heading))
    assert not dead
    assert tried > 80


def test_every_page_is_in_the_table_of_contents(assembled):
    """And there is none that is not there: `notebooks/*` stands for all of them."""
    index = (assembled / "index.md").read_text(encoding="utf-8")
    named = {
        line.strip() for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL) for line in block.split()
    }
    pages = {
        str(page.relative_to(assembled).with_suffix(""))
        for kind in ("*.md", "*.rst")
        for page in assembled.rglob(kind)
        if page.name != "index.md"
    }
    assert named - {":hidden:", ":caption:", ":glob:", "notebooks/*"} >= pages
    assert pages >= {one for one in named if "/" in one and "*" not in one}


def test_every_notebook_is_a_page(assembled):
    own = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert own
    assert {path.name for path in (assembled / "notebooks").glob("*.ipynb")} == own


def test_no_page_names_a_place_of_one_machine(assembled):
    for page in [*PAGES, *assembled.rglob("*.rst")]:
        assert not re.search(r"/work/|/tmp/|/home/|/root/", page.read_text(encoding="utf-8")), page


def test_every_command_and_every_public_name_has_its_place(assembled):
    commands = (assembled / "reference" / "commands.md").read_text(encoding="utf-8")
    for command, found in main.commands.items():
        assert f"\n## {command}\n" in commands
        for option in found.params:
            assert option.opts[0] in commands
    for room in ("", ".nn", ".show", ".weights", ".polynomials"):
        page = (assembled / "reference" / "api" / f"symshare{room}.rst").read_text(encoding="utf-8")
        package = getattr(symshare, room.removeprefix(".")) if room else symshare
        for one in package.__all__:
            assert re.search(rf"^\.\. auto(class|function):: symshare{room}\.{one}$", page, re.MULTILINE), one


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as Sphinx builds it, with warnings as errors."""
    if not all(importlib.util.find_spec(name) for name in ("sphinx", "myst_nb", "furo")):
        pytest.skip("what builds the site is not installed: make docs does")
    out = tmp_path_factory.mktemp("built") / "docs"
    command = [sys.executable, str(FOLDER / "build.py"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_the_site_builds_and_asks_the_network_for_nothing(site):
    fetched = re.compile(
        r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(?:https?:)?//|<link[^>]*rel=["']?stylesheet[^>]*//"""
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        assert not fetched.search(page.read_text(encoding="utf-8")), page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import\s+url\(.?https?:|url\(.?https?:", style.read_text(encoding="utf-8")), style
    assert (site / "searchindex.js").stat().st_size > 10_000


class Page(HTMLParser):
    """What a page of the site links to, and the places in it that are linked to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[one] for one in ("id", "name") if given.get(one)}
        self.links |= {given[one] for one in ("href", "src") if given.get(one)}


def test_no_link_of_the_site_is_dead(site):
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            name, _, place = unquote(link.partition("?")[0] if "#" not in link else link).partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            if not target.exists() or (place and target in pages and place not in pages[target].places):
                dead.append((str(path.relative_to(site.resolve())), link))
    assert not dead


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
  const size = parseFloat(view.getComputedStyle(page.querySelector("article p, article")).fontSize);
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


@pytest.fixture
def served(site):
    """The site at an address of this machine, which says what was asked for and is not there."""
    missing = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def send_error(self, code, *args, **named):
            missing.append((code, self.path))
            super().send_error(code, *args, **named)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", missing
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


def test_pages_are_readable_on_a_telephone_and_on_a_screen_by_day_and_by_night(site, served, tmp_path):
    address, missing = served
    pages = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    (site / "look.html").write_text(LOOK % (json.dumps(pages), json.dumps(WIDTHS)))
    page, said = browse(f"{address}/look.html", tmp_path)
    found = json.loads(unescape(re.search(r'<pre id="found">(.*?)</pre>', page, re.DOTALL)[1]))
    assert found == {"looked": len(pages), "found": []}
    assert not said
    assert not [one for one in missing if one[1] != "/favicon.ico"]


def test_search_finds_a_page_without_a_network(served, tmp_path):
    address, _ = served
    page, said = browse(f"{address}/search.html?q=sudoku", tmp_path, seconds=10)
    assert "experiments/records.html" in page
    assert not said


def test_a_click_sorts_a_table(site, served, tmp_path):
    address, _ = served
    click_it = """<!doctype html><body><pre id="found"></pre><iframe src="experiments/records.html"></iframe><script>
    document.querySelector("iframe").onload = (event) => {
      const table = event.target.contentDocument.querySelector("table.docutils"), heads = table.tHead.rows[0].cells;
      const column = () => Array.from(table.tBodies[0].rows, (row) => row.cells[2].textContent);
      const shown = [column()];
      for (const time of [1, 2]) { heads[2].click(); shown.push(column()); }
      document.getElementById("found").textContent = JSON.stringify(shown);
    };</script>"""
    (site / "click.html").write_text(click_it)
    page, _ = browse(f"{address}/click.html", tmp_path, seconds=10)
    before, up, down = json.loads(unescape(re.search(r'<pre id="found">(.*?)</pre>', page, re.DOTALL)[1]))
    numbers = [float(one) for one in up]
    assert numbers == sorted(map(float, before)) != list(map(float, before))
    assert [float(one) for one in down] == numbers[::-1]
