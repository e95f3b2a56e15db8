"""Says what the week was like."""

from readings import Reading, read


def mean(readings: list[Reading]) -> float:
    return sum(reading.high for reading in readings) / len(readings)


def report(readings: list[Reading]) -> str:
    return f"On average it was {mean(readings)} °C at most."


print(report(read()))
