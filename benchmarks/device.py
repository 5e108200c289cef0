"""Is it right on this device, is it fast, what does a whole job take: settled in five minutes.

Each trial is on its own: what fails is a row that says why, what no longer fits into the time is a
row that says so, and the results are written after each. Networks are untrained, from a seed:
nothing is downloaded. README.md beside this file says what the trials are.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("torch", "torchvision", "numpy", "PIL", "tqdm")
if lacking := [name for name in NEEDED if not find_spec(name)]:
    sys.exit(f"error: {', '.join(lacking)} must be installed, and nothing else need be")
sys.path.insert(0, str(ROOT / "src"))

import torch  # noqa: E402  after what it needs is known to be there
from fast import fast  # noqa: E402
from recorded import recorded  # noqa: E402
from right import right  # noqa: E402
from setting import Row, Setup, Trial  # noqa: E402
from whole import whole  # noqa: E402

from preimage.device import choose  # noqa: E402
from preimage.errors import UserError  # noqa: E402

NETWORKS = ("resnet50", "googlenet", "inception_v3", "vit_b_16")
MARKS = (1, 10, 100)  # steps after which images are compared with the CPU's

COLUMNS = {
    "question": "right, fast, whole or recorded",
    "trial": "what was tried",
    "network": "", "precision": "", "size": "", "batch": "",
    "figure": "what the value is", "value": "", "unit": "",
    "holds": "whether it is as it must be; missing where nothing must be",
    "note": "",
}  # fmt: skip


class Answers:
    """The rows, in a file that is written anew with each trial."""

    def __init__(self, file: Path) -> None:
        self.rows: list[Row] = []
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        if not (find_spec("pandas") and find_spec("pyarrow")):
            self.file = file.with_suffix(".jsonl")
            print(f"pandas or pyarrow is not installed: {self.file} has lines of JSON instead")

    def add(self, rows: Sequence[Row]) -> None:
        """Keep and print rows, and write all."""
        for row in rows:
            self.rows.append({name: row.get(name) for name in COLUMNS})
            print(_line(self.rows[-1]), flush=True)
        if self.file.suffix == ".jsonl":
            self.file.write_text("".join(json.dumps(row) + "\n" for row in self.rows))
            return
        import pandas as pd  # noqa: PLC0415  not everywhere

        frame = pd.DataFrame(self.rows, columns=[*COLUMNS])
        kinds = {"value": "float64", "size": "Int64", "batch": "Int64", "holds": "boolean"}
        texts = {name: "string" for name in COLUMNS if name not in kinds}
        frame.astype(kinds | texts).to_parquet(self.file, index=False)


def _line(row: Row) -> str:
    held = {True: "right", False: "WRONG", None: ""}[row["holds"]]
    value = "" if row["value"] is None else f"{row['value']:.4g}"
    words = [row[key] for key in ("question", "trial", "network", "precision", "size", "batch")]
    place = " ".join(str(word) for word in words if word is not None)
    told = f"{place}: {row['figure']} {value} {row['unit'] or ''}".rstrip()
    return "  ".join(part for part in (told, held, row["note"]) if part)[:200]


def _untried(trial: Trial) -> Row:
    place = {"question": trial.question, "trial": trial.trial, **trial.about}
    return place | {"figure": "not tried", "note": "no time left"}


def tried(trial: Trial) -> list[Row]:
    """Return the rows of a trial; what went wrong is one of them."""
    rows: list[Row] = []
    shared = {"question": trial.question, "trial": trial.trial, **trial.about}
    began = time.perf_counter()
    try:
        rows.extend(shared | row for row in trial.run())
    except torch.OutOfMemoryError as error:
        rows.append(shared | _failure("out of memory", error))
        torch.cuda.empty_cache()
    except UserError as error:  # the library's own word, for too little memory as well
        rows.append(shared | _failure("refused", error))
    except Exception as error:  # one trial, whatever is wrong with it, must not end the others
        rows.append(shared | _failure("failed", error))
    if not rows:
        rows.append(shared | {"figure": "nothing", "holds": False})
    rows[-1].setdefault("note", "")
    spent = time.perf_counter() - began
    if spent > 10:
        rows[-1]["note"] = f"{rows[-1]['note']} (took {spent:.0f} s)".strip()
    return rows


def _failure(word: str, error: Exception) -> Row:
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    wrong = None if word == "out of memory" or "has not the memory" in first else False
    return {"figure": word, "note": f"{type(error).__name__}: {first}"[:300], "holds": wrong}


def table(rows: Sequence[Row]) -> str:
    """Return speeds as a table, a line for each network, size and batch, and all that is wrong."""
    timed = [row for row in rows if row["trial"] == "preimage" and row["value"] is not None]
    kinds = list(dict.fromkeys(row["precision"] for row in timed))
    cells: dict[tuple, dict[tuple[str, str], float]] = {}
    for row in timed:
        place = (row["network"], row["size"], row["batch"])
        cells.setdefault(place, {})[row["precision"], row["figure"]] = row["value"]
    head = f"{'image-steps a second':22}{'size':>5}{'batch':>6}"
    lines = [head + "".join(f"{kind:>12}{'of peak':>9}{'MiB':>7}" for kind in kinds)]
    for (name, size, batch), found in sorted(cells.items()):
        line = f"{name:22}{size:>5}{batch:>6}"
        for kind in kinds:
            figures = ("image-steps", "share of the peak", "memory of an image")
            rate, share, memory = (found.get((kind, figure)) for figure in figures)
            line += (
                f"{_cell(rate, '.1f'):>12}{_cell(share, '.0f', '%'):>9}{_cell(memory, '.0f'):>7}"
            )
        lines.append(line)
    wrong = [_line(row) for row in rows if row["holds"] is False]
    right_ones = sum(row["holds"] is True for row in rows)
    lines += ["", f"{right_ones} right, {len(wrong)} wrong", *wrong]
    return "\n".join(lines)


def _cell(value: float | None, form: str, unit: str = "") -> str:
    return "-" if value is None else f"{value:{form}}{unit}"


QUESTIONS = {"right": right, "fast": fast, "whole": whole, "recorded": recorded}
# Of the time, after which no trial begins. What may leave a GPU in disorder comes last.
SHARES = {"right": 0.4, "fast": 0.8, "whole": 0.95, "recorded": 1.0}


def _setup(args: argparse.Namespace) -> Setup:
    """Return what is tried: on a CPU less, quickly still less."""
    device = choose(args.device)
    if device.type == "cuda" and not args.quick:
        size, found = ((299, 470, 570), (8, 32, 128)), (NETWORKS, 5, 10, MARKS, 1.0)
    elif device.type == "cuda":
        size, found = ((299,), (32,)), (NETWORKS[:2], 5, 10, MARKS[:2], 0.4)
    elif not args.quick:
        size, found = ((96, 160), (1, 4)), (NETWORKS, 2, 3, MARKS, 0.3)
    else:
        size, found = ((96,), (2,)), (("resnet18", "googlenet"), 1, 2, MARKS[:2], 0.15)
    networks, steps, few, marks, scale = found
    return Setup(
        device,
        networks=args.networks or networks,
        sizes=args.sizes or size[0],
        batches=args.batches or size[1],
        steps=steps,
        few=few,
        marks=marks,
        scale=scale,
    )


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--quick", action="store_true", help="a minute instead of five")
    add("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    add("--questions", nargs="+", choices=[*QUESTIONS], default=[*QUESTIONS])
    add("--networks", nargs="+", help="of torchvision, to try")
    add("--sizes", nargs="+", type=int, help="sides in pixels to time")
    add("--batches", nargs="+", type=int, help="images at once to time")
    add("--seconds", type=float, help="begin nothing later than so (default: 280, quick 55)")
    add("--output", type=Path, default=ROOT / "results/bench/device.parquet")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Try everything that there is time for; return 1 where something is wrong."""
    began = time.perf_counter()
    args = _arguments(argv)
    try:
        setup = _setup(args)
    except UserError as error:
        sys.exit(f"error: {error}")
    seconds = (55 if args.quick else 280) if args.seconds is None else args.seconds
    answers = Answers(args.output)
    answers.add([_machine(setup)])
    for question in args.questions:
        until = began + seconds * SHARES[question]
        for trial in QUESTIONS[question](setup):
            answers.add(tried(trial) if time.perf_counter() < until else [_untried(trial)])
    print(f"\n{table(answers.rows)}\n")
    print(f"{time.perf_counter() - began:.0f} s -> {answers.file}")
    return int(any(row["holds"] is False for row in answers.rows))


def _machine(setup: Setup) -> Row:
    name = f"{torch.get_num_threads()} threads"
    if setup.on_gpu:
        name = f"{torch.cuda.get_device_name(setup.device)}, cuDNN {torch.backends.cudnn.version()}"
    versions = f"Python {sys.version.split()[0]}, torch {torch.__version__}, {name}"
    return {"question": "machine", "trial": str(setup.device), "figure": "", "note": versions}


if __name__ == "__main__":
    sys.exit(main())
