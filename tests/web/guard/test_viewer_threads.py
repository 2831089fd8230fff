"""A viewer has so many threads, and what nobody waits for ends."""

import asyncio
import threading

import anyio
import pytest

from web.guard.query_budget import BudgetSpent, QueryBudget
from web.guard.viewer_threads import MOST_WAITING, THREADS, Stopped, TooMany, ViewerThreads


async def never() -> None:
    await anyio.sleep_forever()


def test_a_viewer_occupies_so_many_threads_and_others_go_on() -> None:
    threads, release, running = ViewerThreads(), threading.Event(), []

    def wait() -> str:
        running.append(threading.current_thread())
        release.wait(60)
        return "done"

    async def ask() -> list[object]:
        asked = [
            asyncio.create_task(threads.run("ben", QueryBudget(), never(), wait))
            for _ in range(MOST_WAITING)
        ]
        while len(running) < THREADS:
            await asyncio.sleep(0.01)
        with pytest.raises(TooMany):
            await threads.run("ben", QueryBudget(), None, wait)
        assert await threads.run("carl", QueryBudget(), None, lambda: "other") == "other"
        assert len(running) == THREADS
        release.set()
        return list(await asyncio.gather(*asked))

    assert asyncio.run(ask()) == ["done"] * MOST_WAITING
    assert len(set(running)) == THREADS


@pytest.mark.parametrize("why", ["gone", "late"])
def test_work_that_nobody_waits_for_ends_at_its_next_field(why: str) -> None:
    threads, ended = ViewerThreads(), threading.Event()
    budget = QueryBudget()
    if why == "late":
        budget.until_s = 0.0

    def work() -> None:
        try:
            while True:
                budget.resolved = 0
                budget.spend()
        except BudgetSpent:
            ended.set()
            raise

    async def ask() -> None:
        with pytest.raises((Stopped, BudgetSpent)):
            await threads.run("ben", budget, asyncio.sleep(0.05) if why == "gone" else None, work)

    asyncio.run(ask())
    assert ended.wait(60)


def test_one_field_that_does_not_end_is_answered_and_keeps_its_thread() -> None:
    threads, release, started = ViewerThreads(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        release.wait(60)

    async def ask() -> None:
        budget = QueryBudget()
        asked = asyncio.create_task(threads.run("ben", budget, None, work))
        while not started.is_set():
            await asyncio.sleep(0.01)
        asked.cancel()
        await asyncio.wait([asked])
        assert threads.under_way == {"ben": 1}

        release.set()
        while threads.under_way:
            await asyncio.sleep(0.01)

    asyncio.run(ask())
    assert threads.pools == {}
