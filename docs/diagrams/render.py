"""Draw the diagrams of all pages as SVG; needs npm and Chromium. Run it after a diagram has changed."""

from __future__ import annotations

import html
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from evolink_codegen._site.diagrams import FOLDER, diagrams

ROOT = Path(__file__).parents[2]
MERMAID = "mermaid@11.17.2"
PAGE = """<!doctype html><meta charset=utf-8><body><script src="package/dist/mermaid.min.js"></script><script>
const sources = %s;
mermaid.initialize({startOnLoad: false, theme: "neutral", htmlLabels: false, flowchart: {htmlLabels: false}});
(async () => {
  for (const [name, source] of Object.entries(sources)) {
    const {svg} = await mermaid.render("d" + name.replace(".svg", ""), source);
    const out = document.createElement("pre");
    out.id = name;
    out.textContent = svg;
    document.body.append(out);
  }
})();
</script>"""
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")


def main() -> None:
    """Draw those that are missing, and remove those that no page has."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    wanted = {name: one for page in pages for name, one in diagrams(page.read_text(encoding="utf-8")).items()}
    folder = ROOT / FOLDER
    for path in folder.glob("*.svg"):
        if path.name not in wanted:
            path.unlink()
    missing = {name: source for name, source in wanted.items() if not (folder / name).exists()}
    if missing:
        for name, svg in draw(missing).items():
            (folder / name).write_text(svg, encoding="utf-8")
            print(f"{FOLDER}/{name}")


def draw(sources: dict[str, str]) -> dict[str, str]:
    """The SVG of each diagram."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            ["npm", "pack", "--silent", MERMAID], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        with tarfile.open(next(folder.glob("*.tgz"))) as package:
            package.extract("package/dist/mermaid.min.js", folder, filter="data")
        (folder / "page.html").write_text(PAGE % json.dumps(sources), encoding="utf-8")
        options = (f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=20000", "--dump-dom")
        done = subprocess.run(
            [*CHROMIUM, *options, (folder / "page.html").as_uri()], capture_output=True, text=True, check=True
        )
    found = re.findall(r'<pre id="([^"]+)">(.*?)</pre>', done.stdout, re.DOTALL)
    drawn = {name: _on_white(html.unescape(svg)) for name, svg in found}
    if missing := sources.keys() - drawn.keys():
        raise SystemExit(f"not drawn: {', '.join(missing)}: {done.stderr[-500:]}")
    return drawn


def _on_white(svg: str) -> str:
    """The picture with a background of its own: the page may be dark."""
    return svg.replace(' style="', ' style="background: white; ', 1) + "\n"


if __name__ == "__main__":
    main()
