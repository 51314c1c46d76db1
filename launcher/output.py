"""The terminal output of `digitree up`: prefixed lines, the progress of slow jobs, a box when all is ready."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, TaskID
from rich.text import Text

from launcher.log_lines import printable

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")
OURS = "digitree"
_LINE_EVERY = 10


class Output:
    """All output goes through here. A reader that has gone (`digitree up | head`) silences it, and stops nothing."""

    def __init__(self, width: int = 8, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._width = width
        self._colours: dict[str, str] = {OURS: "bold"}
        self._gone = False
        self._bar: Progress | None = None
        self._bar_task = TaskID(0)

    def line(self, name: str, text: str, style: str = "") -> None:
        colour = self._colours.setdefault(name.rstrip("0123456789-"), _COLOURS[len(self._colours) % len(_COLOURS)])
        self._print(Text.assemble((f"{name:<{self._width}} | ", colour), (text, style)))

    def child_line(self, name: str, line: bytes) -> None:
        self.line(name, printable(line))

    def info(self, text: str) -> None:
        self.line(OURS, text)

    def warn(self, text: str) -> None:
        self.line(OURS, text, style="bold yellow")

    def box(self, title: str, body: str) -> None:
        width = max(len(line) for line in body.splitlines()) + 4
        if not self._console.is_terminal or width > self._console.width:
            self._print(Text(f"{title}\n{body}"))
        else:
            self._print(Panel(Text(body), title=title, expand=False, border_style="green"))

    def progress(self, what: str, done: int, total: int) -> None:
        """Show one step of a slow job: a bar on a terminal, a line now and then elsewhere."""
        if not self._console.is_terminal:
            if done == 1 or done == total or done % _LINE_EVERY == 0:
                self.info(f"{what}: {done} of {total}")
            return
        if self._bar is None:
            # Drawn when something is new; a thread of its own would redraw all the time.
            self._bar = Progress(console=self._console, auto_refresh=False, transient=True)
            self._bar.start()
            self._bar_task = self._bar.add_task(what, total=total)
        self._bar.update(self._bar_task, description=what, completed=done, total=total, refresh=True)
        if done == total:
            self.close()
            self.info(f"{what}: {total} done")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _print(self, renderable: Text | Panel) -> None:
        if self._gone:
            return
        try:
            self._console.print(renderable)
            self._console.file.flush()
        except (BrokenPipeError, ValueError, OSError):
            self._gone = True
            # The interpreter flushes stdout once more at exit, which would fail on the same pipe.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._console.file.fileno())
