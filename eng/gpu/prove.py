"""Runs every part of the proof, each within its time, and writes one table as JSON and markdown."""

import argparse
import contextlib
import datetime
import glob
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import report

HERE = Path(__file__).resolve().parent
RUNNER = HERE / "built" / "DiceLoss.Cuda.Conformance"

running: set[subprocess.Popen] = set()


@dataclass
class Part:
    name: str
    command: list
    seconds: int
    needs: str = ""  # a program that has to be there
    writes_rows: bool = False


def parts(device: str, rows: Path) -> list[list[Part]]:
    """Lists of parts, one list after the other; those of a list run beside each other."""

    def script(name, seconds):
        command = [sys.executable, str(HERE / f"{name}.py"), "--rows", str(rows), "--device", device]
        return Part(name, command, seconds, writes_rows=True)

    def shared(part, shares):
        return [replace(part, name=f"{part.name} {i}/{shares}", command=[*part.command, "--share", f"{i}/{shares}"]) for i in range(1, shares + 1)]

    def runner(name, seconds, *options):
        return Part(name, [str(RUNNER), "--seconds", str(seconds - 20), *options], seconds, str(RUNNER))

    def sanitizer(tool, seconds):
        options = ["--tool", tool, "--error-exitcode", "99"]
        command = ["compute-sanitizer", *options, str(RUNNER), "--short", "--jobs", "1", "--seconds", str(seconds - 20)]
        return Part(tool, command, seconds, "compute-sanitizer")

    def torchsharp(folder, seconds):
        torch = importlib.util.find_spec("torch")
        lib = Path(torch.origin).parent / "lib" if torch else "torch"
        unpack = [sys.executable, "-m", "tarfile", "-e", str(HERE / "built" / "torchsharp.tar.xz"), str(folder)]  # the machine may have no xz
        command = f"{shlex.join(unpack)} && {shlex.join([str(folder / 'TorchSharpOnDevice'), str(lib)])}"
        return Part("TorchSharp", ["bash", "-c", command], seconds, str(RUNNER))  # which was built with it

    return [
        [*shared(runner("runner", 150, "--jobs", "2"), 8), *shared(script("conformance", 150), 4)]
        + shared(runner("runner, kernels that come along", 100, "--kernels", "carried", "--jobs", "2"), 4)
        + [Part("sample", [sys.executable, str(HERE.parents[1] / "samples" / "PyTorch" / "check.py"), "CudaChecks"], 100)]
        + [sanitizer("memcheck", 100), sanitizer("synccheck", 100)],
        [torchsharp(rows.parent / "torchsharp", 40)],
        [script("bandwidth", 140)],
        [script("rivals", 90)],
        shared(sanitizer("racecheck", 75), 4),  # it may lose track of a kernel beside other work
        [runner("runner, what runs alone", 60, "--share", "alone")],
    ]


def run(part: Part, device: str, seconds: float, rows: report.Rows, log) -> None:
    if part.needs and not shutil.which(part.needs):
        rows.add(part.name, report.SKIPPED, f"{Path(part.needs).name} is not there")
        return
    if device == "cpu" and not part.writes_rows:
        rows.add(part.name, report.SKIPPED, "it is for devices")
        return
    if seconds < 5:
        rows.add(part.name, report.SKIPPED, "the time is over")
        return
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        failure = execute(part.command, min(part.seconds, seconds), output)
        output.seek(0)
        text = output.read()
    took = time.monotonic() - begin
    log.write(f"== {part.name}, {took:.0f} s {failure}\n{text}\n")
    counts = re.findall(r"^\d+ passed, \d+ failed, \d+ skipped$", text, re.MULTILINE)
    sanitized = re.findall(r"(?:ERROR|RACECHECK) SUMMARY: .*", text)
    last = text.strip().splitlines()[-1:] if failure else []
    detail = "; ".join([*counts[-1:], *sanitized[-1:], *([failure, *last] if failure else [])])[:400]
    if failure or not part.writes_rows:
        rows.add(part.name, report.FAILED if failure else report.PASSED, detail, seconds=round(took, 1))


def execute(command: list, seconds: float, output) -> str:
    """Runs a command within its time, and ends all that it has started: nothing stays beside what is measured next. Returns what went wrong; empty for
    nothing."""
    try:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    except OSError as failure:
        return str(failure)
    running.add(process)
    try:
        code = process.wait(seconds)
        return f"exit code {code}" if code else ""
    except subprocess.TimeoutExpired:
        return f"not done after {seconds:.0f} seconds"
    finally:
        end(process)
        process.wait()
        running.discard(process)


def end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def interrupted(number: int, _frame) -> None:
    """Parts are out of reach of a terminal's signals and of those to our group."""
    for process in list(running):
        end(process)
    sys.exit(128 + number)


def find_nvrtc() -> str:
    """NVRTC by the loader's name, in Python's packages, where torch has its own, before the toolkit; empty if it is nowhere."""
    patterns = [f"{folder}/nvidia/*/lib/libnvrtc.so.1[1-9]*" for folder in sys.path if folder]
    patterns += ["/usr/local/cuda*/lib64/libnvrtc.so.1[1-9]*", "/usr/local/cuda*/targets/x86_64-linux/lib/libnvrtc.so.1[1-9]*"]
    found = ([path for path in glob.glob(pattern) if ".alt." not in path] for pattern in patterns)
    return max(next(filter(None, found), []), default="", key=lambda path: Path(path).name)


def machine(device: str) -> dict:
    def asked(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip().splitlines()[-1]
        except (OSError, subprocess.SubprocessError, IndexError):
            return "unknown"

    is_cuda = device == "cuda"
    torch = asked(sys.executable, "-c", "import torch; print('torch', torch.__version__, 'CUDA', torch.version.cuda)")
    return {
        "device": asked(sys.executable, "-c", "import torch; print(torch.cuda.get_device_name(0))") if is_cuda else "CPU",  # the one that all parts run on
        "driver": asked("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader") if is_cuda else "none",
        "torch": torch,
        "nvrtc": os.environ.get("DICELOSS_NVRTC") or "that of the system, if any",
        "date": datetime.date.today().isoformat(),
        "command": "eng/gpu/run.sh",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench/results"), help="results go to a folder for the device in it")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu proves the scripts, and the C library on the CPU")
    parser.add_argument("--seconds", type=int, default=570, help="for all parts together")
    arguments = parser.parse_args()
    deadline = time.monotonic() + arguments.seconds
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)

    os.environ["PATH"] += os.pathsep + "/usr/local/cuda/bin"
    if not os.environ.get("DICELOSS_NVRTC") and (nvrtc := find_nvrtc()):
        os.environ["DICELOSS_NVRTC"] = nvrtc
    about = machine(arguments.device)
    folder = arguments.out / re.sub(r"[^a-z0-9]+", "-", about["device"].lower()).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, (folder / "cuda.log").open("w") as log:
        path = Path(scratch) / "rows"
        for beside_each_other in parts(arguments.device, path):
            with ThreadPoolExecutor(len(beside_each_other)) as threads:
                seconds = deadline - time.monotonic()
                list(threads.map(lambda part: run(part, arguments.device, seconds, report.Rows(path, "proof"), log), beside_each_other))
            log.flush()
            rows = report.read(path)
            report.write(folder, about, rows)  # after each part: what is there is there
    print(report.markdown(about, rows))
    return 1 if any(row.verdict == report.FAILED for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
