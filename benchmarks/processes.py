"""What a measured program costs: all its processes together."""

import threading

import psutil

SAMPLE_SECONDS = 0.1


class ProcessSampler:
    """Peak memory and CPU-seconds of this process's children, sampled in a thread.

    Memory is the highest sum of proportional set sizes in bytes. CPU-seconds are what each process
    had used (user and system) when it was last seen: on a busy machine they tell what wall clock
    does not. A process that lives for less than a sample is missed.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._cpu_seconds: dict[tuple[int, float], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "ProcessSampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all processes so far."""
        return sum(self._cpu_seconds.values())

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            processes = children()
            for process in processes:
                self._note_time(process)
            self.peak_bytes = max(self.peak_bytes, sum(map(proportional, processes)))

    def _note_time(self, process: psutil.Process) -> None:
        try:
            times = process.cpu_times()
            self._cpu_seconds[process.pid, process.create_time()] = times.user + times.system
        except psutil.NoSuchProcess:
            return


def children() -> list[psutil.Process]:
    """All processes below this one."""
    return list(psutil.Process().children(recursive=True))


def proportional(process: psutil.Process) -> int:
    """A process's memory in bytes, pages shared with others counted in part; 0 once it is gone."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
