# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test plays beside what it looks at: a controller that Kubernetes has elsewhere."""

from __future__ import annotations

import contextlib
import threading
import typing as t


@contextlib.contextmanager
def repeated(work: t.Callable[[], None], every: float, *expected: type[Exception]) -> t.Iterator[None]:
    """``work`` again and again in a thread, with ``every`` seconds between; an error that is expected ends one turn of it."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            with contextlib.suppress(*expected):
                work()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
