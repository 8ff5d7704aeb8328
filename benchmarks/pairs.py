"""Two ways of doing the same, in turn, again and again: the ratio of each round, and its median."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Measured = Callable[[], float]  # a rate: more is better


@dataclass(frozen=True)
class Pair:
    """What the rounds of a pair came to."""

    name: str
    goal: float
    ours: list[float]
    floors: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours as a share of the floor's, a round each."""
        return [mine / floor for mine, floor in zip(self.ours, self.floors, strict=True)]

    def line(self) -> str:
        """Return the figures in one line."""
        ratios = self.ratios
        verdict = "reached" if median(ratios) >= self.goal else "missed"
        return (
            f"{self.name:<28} {median(ratios):6.2f} [{min(ratios):.2f}-{max(ratios):.2f}]"
            f"  goal {self.goal:.2f} {verdict:<8}"
            f" ours {median(self.ours):9,.0f}/s  floor {median(self.floors):9,.0f}/s"
        )


def paired(name: str, goal: float, ours: Measured, floor: Measured, *, rounds: int) -> Pair:
    """Measure both in turn; which goes first changes with every round."""
    mine: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        if number % 2:
            theirs.append(floor())
            mine.append(ours())
        else:
            mine.append(ours())
            theirs.append(floor())
    return Pair(name, goal, mine, theirs)
