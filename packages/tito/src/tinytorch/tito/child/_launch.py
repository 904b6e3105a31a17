"""Starting a child, listening to it, and ending it with all that it started."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tinytorch.tito.child._limits import Limits, MemoryWatch, SystemProcess, needs_watch

MODULE = "tinytorch.tito.child"
GRACE = 3.0  # what the child's own clock is given before the parent ends it
START = 30.0  # to import NumPy from a cold disk
SAVING = 10.0  # after Ctrl-C
LOOK = 0.5  # seconds of one wait for an answer
MOST_PRINTED = 200_000


class ChildError(Exception):
    """The child's own code failed, not the learner's: a bug of ours."""


class Child:
    """A child that runs learner's code and answers in lines of JSON.

    Parameters
    ----------
    request : dict
        What `tinytorch.tito.child.__main__` understands.
    limits : Limits or None

    Notes
    -----
    The answers come over the child's first standard output, which it keeps to itself: what the learner's code prints
    goes to its standard error, and is in `printed`. The child has a session of its own, so that it can be ended with
    everything it has started.
    """

    def __init__(self, request: dict[str, Any], limits: Limits | None) -> None:
        self.limits = limits
        self.code: int | None = None
        self.since = time.time_ns()  # what is changed from now on may be other than what it loads
        self.timed_out = False
        self.held = 0
        self._folder = tempfile.TemporaryDirectory(prefix="tinytorch-")
        self._dump = Path(self._folder.name) / "dump"
        self._dump.touch()
        self._printed: list[str] = []
        memory = limits.memory if limits else 0
        request = {**request, "dump": str(self._dump), "memory": memory, "since": self.since}
        self.process = subprocess.Popen(  # noqa: S603  (this Python, on a module of ours)
            [sys.executable, "-P", "-X", "utf8", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            **session(),
        )
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_answers, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=self._read_printed, args=(self.process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(json.dumps(request) + "\n")
                self.process.stdin.flush()  # it stays open: its end tells the child that its parent has ended

    def _read_answers(self, stream: IO[str]) -> None:
        for line in stream:
            try:
                answer = json.loads(line)
            except json.JSONDecodeError:  # not ours: somebody found the way to our channel
                continue
            if isinstance(answer, dict):
                self._answers.put(answer)
        self._answers.put(None)

    def _read_printed(self, stream: IO[str]) -> None:
        size = 0
        while chunk := stream.read(4096):
            size += len(chunk)
            if size <= MOST_PRINTED:
                self._printed.append(chunk)

    @property
    def printed(self) -> str:
        """What the learner's code printed, up to 200 kB."""
        return "".join(self._printed)

    @property
    def dump(self) -> str:
        """What faulthandler wrote when the child was stopped or hit."""
        return self._dump.read_text("utf-8", errors="replace") if self._dump.exists() else ""

    def answers(self) -> Iterator[dict[str, Any]]:
        """Yield the answers as they come; the child is gone afterwards, whatever happened."""
        watch: MemoryWatch | None = None
        with contextlib.ExitStack() as stack:
            stack.callback(self.end)
            if self.limits and needs_watch():
                system = SystemProcess(self.process.pid, self.process.kill)
                watch = stack.enter_context(MemoryWatch(system, self.limits.memory))
            allowed, asked_to_stop = START, False
            while True:
                try:
                    wait = None if self.limits is None else allowed + GRACE
                    answer = self._next_answer(SAVING if asked_to_stop else wait)
                except queue.Empty:
                    self.timed_out = True
                    break
                except KeyboardInterrupt:
                    if asked_to_stop or not interrupt(self.process):
                        raise
                    asked_to_stop = True  # it may have something to save
                    continue
                if answer is None:
                    break
                allowed = float(answer.get("allowed", 0)) or (self.limits.seconds if self.limits else START)
                yield answer
            if asked_to_stop:
                raise KeyboardInterrupt
        if watch:
            self.held = watch.exceeded

    def _next_answer(self, wait: float | None) -> dict[str, Any] | None:
        """Wait for an answer; in short waits, as Windows lets no Ctrl-C into a long one."""
        end = math.inf if wait is None else time.monotonic() + wait
        while True:
            try:
                return self._answers.get(timeout=min(LOOK, max(end - time.monotonic(), 0.0)))
            except queue.Empty:
                if time.monotonic() >= end:
                    raise

    def end(self) -> None:
        """End the child and everything that it started, if anything is left of them."""
        if self.timed_out or self.process.poll() is None:
            deadline = time.monotonic() + (0.0 if self.timed_out else 1.0)
            while self.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.002)
        self.code = self.process.poll()
        end_family(self.process)
        if self.code is None:
            self.process.wait()
            self.code = self.process.returncode
        for reader in self._readers:
            reader.join(timeout=1.0)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def close(self) -> None:
        """Remove what the child left on disk."""
        self._folder.cleanup()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()
        self.close()


def session() -> dict[str, Any]:
    """Return what gives a new process a session of its own, or on Windows a group."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def interrupt(process: subprocess.Popen[str]) -> bool:
    """Pass Ctrl-C on to a process with a session of its own; return whether it was there to hear it."""
    if process.poll() is not None:
        return False
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.send_signal(signal.SIGINT)
    return True


def end_family(process: subprocess.Popen[str]) -> None:
    """End a process that has a session of its own, and all that are in it."""
    if sys.platform == "win32":
        SystemProcess(process.pid, process.kill).end()
    else:
        # Its number stays taken as long as one of its session is left, also after it was waited for.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
