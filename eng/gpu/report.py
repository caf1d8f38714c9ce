"""Rows of results, on their way from a part to the table."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

PASSED, FAILED, SKIPPED, MEASURED = "passed", "failed", "skipped", "measured"


@dataclass
class Row:
    """One result. A target that is missed is a failure: its numbers say by how much."""

    part: str
    name: str
    verdict: str
    detail: str = ""
    numbers: dict = field(default_factory=dict)


class Rows:
    """Rows of a part in a file, each written at once: those of a part that is ended early are there."""

    def __init__(self, path: str, part: str):
        self._path, self._part = Path(path), part

    def add(self, name: str, verdict: str, detail: str = "", **numbers) -> None:
        row = Row(self._part, name, verdict, detail, numbers)
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(row)) + "\n")

    def guard(self, name: str, act) -> None:
        """Runs something that adds rows; what it throws is a row as well."""
        try:
            act()
        except Exception as failure:  # whatever it is, the rest goes on
            self.add(name, FAILED, f"{type(failure).__name__}: {failure}"[:400])


def read(path: Path) -> list[Row]:
    return [Row(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def count(rows: list[Row]) -> str:
    def of(*verdicts):
        return sum(row.verdict in verdicts for row in rows)

    return f"{of(PASSED, MEASURED)} passed, {of(FAILED)} failed, {of(SKIPPED)} skipped"


def _cell(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def markdown(machine: dict, rows: list[Row]) -> str:
    lines = [f"# {machine['device']}", "", *(f"- {key}: {value}" for key, value in machine.items()), ""]
    lines += ["| part | what | verdict | numbers | detail |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        numbers = ", ".join(f"{key} {_cell(value)}" for key, value in row.numbers.items())
        detail = row.detail.replace("|", "/").replace("\n", " ")
        lines.append(f"| {row.part} | {row.name} | {row.verdict} | {numbers} | {detail} |")
    return "\n".join([*lines, "", count(rows), ""])


def write(folder: Path, machine: dict, rows: list[Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cuda.json").write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2) + "\n")
    (folder / "cuda.md").write_text(markdown(machine, rows))
