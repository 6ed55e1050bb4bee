"""Fetches the next page, or whatever else is read, while the one before is being worked on."""

import threading
from collections.abc import Generator
from dataclasses import dataclass
from queue import Empty, Queue
from typing import TypeVar

WAITING_PAGES = 2
PARTING_SECONDS = 2.0
T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    """No more pages, because of ``error`` or because there are none."""

    error: BaseException | None


def ahead(pages: Generator[T]) -> Generator[T]:
    """The same pages, made in a thread of their own at most ``WAITING_PAGES`` ahead; its errors are raised here.

    Whoever stops early ends the thread too, as soon as the page on its way has come.
    """
    queue: Queue[T | _End] = Queue(WAITING_PAGES)
    stop = threading.Event()

    def run() -> None:
        error: BaseException | None = None
        try:
            for page in pages:
                queue.put(page)
                if stop.is_set():
                    break
        except BaseException as raised:
            error = raised
        finally:
            pages.close()
            queue.put(_End(error))

    thread = threading.Thread(target=run, name="pages-ahead", daemon=True)
    thread.start()
    try:
        while True:
            found = queue.get()
            if isinstance(found, _End):
                if found.error is not None:
                    raise found.error
                return
            yield found
    finally:
        stop.set()
        while thread.is_alive():
            try:
                queue.get_nowait()
            except Empty:
                break
        thread.join(PARTING_SECONDS)
