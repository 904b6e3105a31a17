"""Single keys from a terminal, without Enter, on Windows and elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[bool]:
    """Call a function with each key while this lasts; yield whether there is a terminal to read them from.

    The function is called in a thread of its own.
    """
    if not sys.stdin.isatty():
        yield False
        return
    over = threading.Event()
    reading = _windows if sys.platform == "win32" else _posix
    with reading(over, pressed):
        try:
            yield True
        finally:
            over.set()


@contextlib.contextmanager
def _posix(over: threading.Event, pressed: Callable[[str], None]) -> Iterator[None]:
    if sys.platform == "win32":
        return
    import select
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def read() -> None:
        while not over.is_set():
            if select.select([terminal], [], [], 0.1)[0]:
                # Past Python's own buffer, in which keys that came together would wait for the next.
                typed = os.read(terminal, 64).decode("utf-8", errors="replace")
                if not typed:
                    return
                for key in typed:
                    pressed(key)

    thread = threading.Thread(target=read, daemon=True)
    try:
        tty.setcbreak(terminal, termios.TCSANOW)  # keys typed ahead stay
        thread.start()
        yield
    finally:
        over.set()
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _windows(over: threading.Event, pressed: Callable[[str], None]) -> Iterator[None]:
    if sys.platform != "win32":
        return
    import msvcrt
    import time

    def read() -> None:
        while not over.is_set():
            if msvcrt.kbhit():
                pressed(msvcrt.getwch())
            else:
                time.sleep(0.05)

    threading.Thread(target=read, daemon=True).start()
    yield
