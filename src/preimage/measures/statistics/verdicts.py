"""How a claim is judged: by where the whole 95 % interval of its statistic lies."""

from dataclasses import dataclass
from math import inf, isnan

from preimage.measures.statistics.intervals import Estimate

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
INCONCLUSIVE = "inconclusive"
NOT_RUN = "not run"
NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Between:
    """The values of a statistic for which a claim holds: above `low` and below `high`."""

    low: float = -inf
    high: float = inf

    def __str__(self) -> str:
        if self.high == inf:
            return f"95 % interval above {self.low:g}"
        if self.low == -inf:
            return f"95 % interval below {self.high:g}"
        return f"95 % interval between {self.low:g} and {self.high:g}"

    def verdict(self, found: Estimate) -> str:
        """Return what an estimate says: reproduced where all of its interval lies between the ends,
        not reproduced where none of it does, else inconclusive; not run without a value.
        """
        if isnan(found.value):
            return NOT_RUN
        if isnan(found.low) or isnan(found.high):
            return INCONCLUSIVE
        if self.low < found.low and found.high < self.high:
            return REPRODUCED
        apart = found.high <= self.low or found.low >= self.high
        return NOT_REPRODUCED if apart else INCONCLUSIVE
