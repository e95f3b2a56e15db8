"""Says what the week was like."""

from readings import Reading, read


def mean(readings: list[Reading]) -> float:
    """The middle of lows and highs, over all days."""
    return sum(reading.low + reading.high for reading in readings) / 2 / len(readings)


def report(readings: list[Reading]) -> str:
    warmest = max(readings, key=lambda reading: reading.high)
    wet = [reading.day for reading in readings if reading.rain > 0]
    return "\n".join(
        [
            f"On average it was {mean(readings):.1f} °C.",
            f"The warmest day was {warmest.day}, with {warmest.high:.1f} °C.",
            f"It rained on {' and '.join(wet)}." if wet else "It did not rain.",
        ]
    )


if __name__ == "__main__":
    print(report(read()))
