"""Kill the real command again and again, and see that nothing is lost and nothing is left.

`python -m tests.end_to_end.kills --kills 100` takes about half an hour on two cores; the tests do a few.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.end_to_end.tiny_command import cpu_seconds, csv_of, leftovers, members, run, start, with_data_of
from tests.patience import HANGS_S

ARGUMENTS = ("--table", "ablation", "--seeds", "1", "--jobs", "2")
VICTIMS = ("parent", "all", "worker", "worker", "server")
"""The command, it and all its processes, a process that computes, and the one that these are forked from."""

MOST_WORK_S = 1.0
"""Seconds of a core that the processes of a command may use after their end was asked for, together: they end at once,
but a busy machine lets them wait for a core."""

MOST_LOADED_S = 10.0
"""The same of processes that may just be starting: they load what makes them end."""


def processes(command: int) -> dict[str, list[int]]:
    """Those of a command, by what they are."""
    found = members(command)
    started = [pid for pid, parent in found.items() if parent == command]
    workers = [pid for pid, parent in found.items() if parent in started]
    servers = sorted({found[pid] for pid in workers})
    return {"parent": [command], "all": list(found), "worker": workers, "server": servers}


def end_of(session: int, chosen: Callable[[], Iterable[int]], most_s: float = MOST_WORK_S) -> float:
    """Wait until processes of a command have ended; returns the seconds of a core that they used meanwhile."""
    given_up = time.monotonic() + HANGS_S
    began, used = cpu_seconds(session), 0.0
    while alive := set(chosen()):
        work = {pid: seconds - began.get(pid, 0.0) for pid, seconds in cpu_seconds(session).items() if pid in alive}
        used = max(used, sum(work.values()))
        assert used < most_s and time.monotonic() < given_up, f"{len(alive)} have worked for {used:.1f} s and are left"
        time.sleep(0.02)
    return used


def end_of_orphans(session: int, most_s: float = MOST_WORK_S) -> float:
    """Wait until no process of a command is left, whose parent has ended; as `end_of`."""
    return end_of(session, lambda: members(session), most_s)


class Show:
    """Kills at random moments, and what came of them.

    Args:
        cache: has the data, no result.
        results: an empty folder.
        expected: the CSV that has to come of it in the end.
        seed: of the moments and of the victims.
    """

    def __init__(self, cache: Path, results: Path, expected: bytes, seed: int) -> None:
        self.cache, self.results, self.expected = cache, results, expected
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.most_orphaned_s = 0.0

    @property
    def kills(self) -> int:
        return sum(self.counts[f"killed: {victim}"] for victim in set(VICTIMS))

    def kill(self, kills: int) -> None:
        """Kill so many times, starting the command again as often as it takes, then let it finish."""
        while self.kills < kills:
            self.start_and_kill(kills)
            print(f"{self.kills} of {kills} kills", flush=True)
        self.finish()

    def start_and_kill(self, kills: int) -> None:
        with tempfile.TemporaryFile("w+") as output:
            process = start(self.cache, self.results, *ARGUMENTS, output=output)
            self.counts["started"] += 1
            if self.chance.random() < 0.8:  # else while it loads what it needs
                self._wait_until_it_computes(process)
            while process.poll() is None and self.kills < kills:
                time.sleep(self.chance.uniform(0.0, 3.0))
                if process.poll() is None:
                    self._kill_one_of(process)
            code = process.wait()
            self.most_orphaned_s = max(self.most_orphaned_s, end_of_orphans(process.pid, MOST_LOADED_S))
            output.seek(0)
            said = output.read()
        assert "Traceback" not in said, said
        self.counts["went on in the middle of a run"] += "from the middle" in said
        if code == 0:
            self._finished()

    def _kill_one_of(self, process: subprocess.Popen[str]) -> None:
        victim = self.chance.choice(VICTIMS)
        if candidates := processes(process.pid)[victim]:
            for pid in candidates if victim == "all" else [self.chance.choice(candidates)]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    return
            self.counts[f"killed: {victim}"] += 1
            if victim in ("parent", "all"):
                process.wait()

    def _wait_until_it_computes(self, process: subprocess.Popen[str]) -> None:
        while process.poll() is None and not processes(process.pid)["worker"]:
            time.sleep(0.05)

    def finish(self) -> None:
        """Let it finish."""
        code, said = run(self.cache, self.results, *ARGUMENTS)
        assert code == 0, said
        self._finished()

    def _finished(self) -> None:
        """Look at everything, then begin again with nothing."""
        assert csv_of(self.results).read_bytes() == self.expected
        assert (left := leftovers(self.cache, self.results)) == [], left
        self.counts["finished with the same bytes"] += 1
        for folder in sorted((self.cache / "results").glob("*/*/*")):
            folder.unlink()
        for folder in sorted((self.cache / "results").glob("*/*")):
            folder.rmdir()
        csv_of(self.results).unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        code, said = run(base / "first" / "cache", base / "first" / "results", *ARGUMENTS)
        assert code == 0, said
        expected = csv_of(base / "first" / "results").read_bytes()
        cache = with_data_of(base / "first" / "cache", base / "cache")
        show = Show(cache, base / "results", expected, options.seed)
        try:
            show.kill(options.kills)
        finally:
            for what, count in sorted(show.counts.items()):
                print(f"{count:4} {what}")
            print(
                f"{show.kills:4} kills; what was left of a command worked for at most {show.most_orphaned_s:.2f} s more"
            )


if __name__ == "__main__":
    main()
