"""What the executor counts, for whoever watches the process."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Metrics:
    """Counts since the process began.

    `operations` ran breadth-first; `plans` were compiled anew for them, the others were known;
    `fallbacks` ran under the stock executor, by the reason.
    """

    operations: int = 0
    plans: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)


METRICS = Metrics()
