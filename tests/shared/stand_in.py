"""A stand-in study of as many pictures as wanted, and its pages."""

import json

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from preimage.claims import ledger
from preimage.steps.atlas import build_atlas
from preimage.tables.claims import CLAIMS
from preimage.tables.columns import TEXT
from preimage.tables.images import ITEMS, PREDICTIONS, TRACE
from preimage.tables.parquet import write_table

HOSTILE = "<script>alert('tench')</script>"
CLASSES = [HOSTILE, 'a "quoted" & rare class', "Größe 你好", *(f"class {i}" for i in range(3, 40))]
SETS = ("class_images", "opposites")
NETWORKS = ("mine", "other")
BLOCK = 50


def filled(frame, table):
    """Return the frame with something in every column that must not be empty."""
    for column in table.columns:
        if column.name not in frame:
            frame[column.name] = None if column.nullable else "" if column.type == TEXT else 0
    return frame[table.names]


def write_block(folder, image_set, network, numbers, side):
    """Write pictures, items and traces of a block as `generate_images` does."""
    sign = "-" if image_set == "opposites" else ""
    frame = pd.DataFrame({"class_a": [n % len(CLASSES) for n in numbers], "seed": numbers})
    frame = frame.assign(
        **{"set": image_set, "network": network, "layer": "logits", "recipe": "classes"},
        item=[f"{c:03d}" for c in frame.class_a],
        target=[f"{sign}{CLASSES[c]}" for c in frame.class_a],
        objective=[f"{sign}{network}:logits[{c}]" for c in frame.class_a],
        **{"code": "A3", "size": side, "precision": "float32", "loss_end": frame.seed / 7},
        status=["diverged" if n % 11 == 10 else "ok" for n in numbers],
    )
    stem = folder / "images" / image_set / network / f"{numbers[0]:05d}"
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_table(filled(frame.copy(), ITEMS), stem.with_suffix(".items.parquet"), ITEMS)
    about = frame[["objective", "seed"]].to_dict("records")
    rng = np.random.default_rng(numbers[0])
    few = rng.random((len(numbers), 3, 8, 8), np.float32)
    images = np.kron(few, np.ones((1, 1, side // 8, side // 8), np.float32))
    save_file({"images": images}, stem.with_suffix(".safetensors"), {"address": json.dumps(about)})
    steps = pd.DataFrame({"iteration": range(90), "loss": np.linspace(3, 0, 90), "gradient": 1.0})
    keys = frame[["set", "network", "item", "seed"]]
    trace = keys.merge(steps, how="cross")
    write_table(filled(trace, TRACE), stem.with_suffix(".trace.parquet"), TRACE)
    said = frame.assign(judge=network, probability_a=rng.random(len(frame)), rank_a=1)
    said = said.assign(top1=frame.class_a, top1_name=[CLASSES[c] for c in frame.class_a])
    return stem, filled(said.assign(top1_probability=said.probability_a), PREDICTIONS)


def build(folder, stems):
    """Run the step on the files of blocks."""
    endings = {
        "images": "safetensors",
        "item-tables": "items.parquet",
        "traces": "trace.parquet",
    }
    words = ["--plan", folder / "plan.json", "--start", folder / "atlas" / "index.html"]
    for flag, ending in endings.items():
        words += [f"--{flag}", *(stem.with_suffix(f".{ending}") for stem in stems)]
    claims = folder / "tables" / "claims.parquet"
    words += ["--predictions", folder / "said.parquet", "--claims", claims, "--tables", claims]
    assert build_atlas.main([str(word) for word in words]) == 0


def write_study(folder, count, side=32):
    """Write a study of some pictures into a folder, and build its pages."""
    each = count // (len(SETS) * len(NETWORKS))
    stems, said = zip(
        *(
            write_block(folder, s, n, range(first, min(first + BLOCK, each)), side)
            for s in SETS
            for n in NETWORKS
            for first in range(0, each, BLOCK)
        ),
        strict=True,
    )
    write_table(pd.concat(said), folder / "said.parquet", PREDICTIONS)
    write_table(ledger.table([]), folder / "tables" / "claims.parquet", CLAIMS)
    plan = {
        **{"study": "mine", "configuration": "mine.yaml", "first": "class_images"},
        "networks": {n: {"architecture": "resnet18", "state": "trained"} for n in NETWORKS},
        **{"classes": CLASSES, "groups": {HOSTILE: [0, 1]}},
        **{"photo_sets": ["class_images"], "feature_sets": ["opposites"]},
        "figures": [
            {"file": "../no.png", "category": "None", "title": HOSTILE, "caption": HOSTILE}
        ],
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    build(folder, stems)
