"""Every catalogued mistake, seeded into a copy of its package, is caught by a test of the packages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from integration.mistakes.catalogue import ENTRIES, EXCEPTIONS, MISTAKES
from integration.mistakes.mistake import address_of
from integration.mistakes.seeding import Worker


def test_every_entry_is_seeded_or_explained() -> None:
    entries = {f"{module}-{number}" for module, count in ENTRIES.items() for number in range(1, count + 1)}
    seeded = {mistake.entry for mistake in MISTAKES}
    assert seeded <= entries
    assert set(EXCEPTIONS) <= entries
    assert not seeded & set(EXCEPTIONS)
    assert entries == seeded | set(EXCEPTIONS), sorted(entries - seeded - set(EXCEPTIONS))


def test_every_named_test_passes_on_the_source_as_it_is(worker: Worker) -> None:
    names = sorted({address_of(name) for mistake in MISTAKES for name in mistake.caught_by})
    answer = worker.ask(names, limit=3000)
    assert "broken" not in answer, answer
    assert not answer["failed"]
    assert answer["code"] == 0
    found = {nodeid.split("[")[0] for nodeid in answer["passed"]}
    assert found == set(names)


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=[f"{m.entry} {m.what}" for m in MISTAKES])
def test_a_seeded_mistake_is_caught(
    number: int, worker: Worker, record_property: Callable[[str, object], None]
) -> None:
    mistake = MISTAKES[number]
    record_property("module", mistake.entry[:2])
    verdict = worker.verdict(mistake)
    assert not verdict, f"{mistake.entry}, {mistake.what} {verdict}"
