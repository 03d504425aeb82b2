"""A page measured by a headless Chromium, which prints what a script finds and needs no driver."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
"""Rules of accessibility; `npm ci --prefix tests/browser` puts them there."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

_FRAME = """<!DOCTYPE html><title>frame</title><body style="margin: 0">
<iframe src="page.html" style="border: 0; width: {width}px; height: 900px"></iframe><pre></pre>
<script>addEventListener("message", event => document.querySelector("pre").textContent = event.data)</script>
"""
"""Windows have a smallest width; a frame may be as narrow as a phone."""

_SCRIPT = """<script>{libraries}</script><script>
(async () => {{ {script} }})().then(
  found => parent.postMessage(JSON.stringify({{found}}), "*"),
  error => parent.postMessage(JSON.stringify({{error: String(error)}}), "*"),
)
</script></body>"""


def browser() -> str | None:
    """Return the path of a Chromium; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def measured(
    page: str, script: str, folder: Path, *, width: int, dark: bool = False, printed: bool = False, axe: bool = False
) -> Any:
    """Return what a script returns in a page.

    Args:
        page: HTML; its policy, which forbids scripts, is taken out.
        script: body of an asynchronous function.
        folder: where files may be written.
        width: of the page in CSS pixels.
        dark: whether the reader prefers dark pages.
        printed: whether rules for print hold.
        axe: whether the script uses axe.
    """
    if printed:
        page = page.replace("@media print", "@media all")
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    libraries = AXE.read_text(encoding="utf-8") if axe else ""
    (folder / "page.html").write_text(page.replace("</body>", _SCRIPT.format(libraries=libraries, script=script)))
    (folder / "frame.html").write_text(_FRAME.format(width=width))
    found = browser()
    assert found is not None
    command = [
        found, "--headless", "--disable-gpu", "--hide-scrollbars", f"--window-size={max(width, 600)},900",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=600000", "--timeout=600000", "--dump-dom", (folder / "frame.html").as_uri(),
    ]  # fmt: skip
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # which root cannot have
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    told = re.search(r"<pre>(.+)</pre>", ran.stdout, re.DOTALL)
    assert told, f"no answer from {found}: {ran.stderr[-2000:]}"
    answer = json.loads(html.unescape(told[1]))
    assert "error" not in answer, answer["error"]
    return answer["found"]
