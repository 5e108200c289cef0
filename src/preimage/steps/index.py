"""Where each step is. No module of steps is imported to know it, for some import torch."""

import re
from pathlib import Path

STEPS = Path(__file__).parent
_STEP = re.compile(r"^@step\b.*?^def (\w+)\(", re.MULTILINE | re.DOTALL)


def modules() -> dict[str, str]:
    """Return the module of every step by its name."""
    return {
        name: f"preimage.steps.{path.stem}"
        for path in sorted(STEPS.glob("*.py"))
        for name in _STEP.findall(path.read_text(encoding="utf-8"))
    }
