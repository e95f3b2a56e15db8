"""Reads what the station has measured."""

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "readings.csv"


@dataclass
class Reading:
    """One day: degrees Celsius, and millimetres of rain."""

    day: str
    low: float
    high: float
    rain: float


def read(path: Path = FILE) -> list[Reading]:
    with path.open(newline="") as file:
        return [
            Reading(row["day"], float(row["low"]), float(row["high"]), float(row["rain"]))
            for row in csv.DictReader(file)
        ]
