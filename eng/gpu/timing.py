"""Times of calls whose tensors are in no cache."""

import statistics
import time

import torch

FLUSH_BYTES = 512 << 20  # several times the second-level cache of any device


class Timer:
    """Times a call in milliseconds, after memory that has nothing to do with it went through the caches."""

    def __init__(self, device: torch.device):
        self._device = device
        self._is_cuda = device.type == "cuda"
        self._flush = torch.empty(FLUSH_BYTES if self._is_cuda else 1 << 20, dtype=torch.uint8, device=device)

    def median(self, prepare, act, repeats=15, warm=3):
        """The median over repeats of act(prepare()); what prepare does is not timed."""
        times = []
        for i in range(warm + repeats):
            given = prepare()
            elapsed = self._once(lambda: act(given))
            if i >= warm:
                times.append(elapsed)
        return statistics.median(times)

    def _once(self, act):
        self._flush.zero_()  # so long that the calls are there before the device is done with it
        if not self._is_cuda:
            begin = time.perf_counter()
            act()
            return 1e3 * (time.perf_counter() - begin)
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        act()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)


def kernel_milliseconds(act, name, repeats=5):
    """The mean time of a kernel by torch's profiler: without what the host does around it. None where the profiler does not see it."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        for _ in range(repeats):
            act()
        torch.cuda.synchronize()
    found = [event for event in seen.key_averages() if event.key.startswith(name)]
    total = sum(getattr(event, "device_time_total", 0) or getattr(event, "cuda_time_total", 0) for event in found)
    return total / 1e3 / repeats if total else None
