"""Code counts by definition: what a step reaches makes its jobs stale, whatever stands beside it.

Several changes that lead to different jobs are proved by one plan; what it has written down says of
which steps the code is another one.
"""

from itertools import chain

import pytest
from followers import (
    BY_DEPTH,
    FROM_CURVES,
    FROM_IMAGES,
    FROM_INVERTED,
    FROM_JUDGES,
    IN_SPACE,
    OF_MERGED,
    OF_RESNET,
    stale,
)
from project import SHOWING, Project

CLAIMS = "settle_claims"


def again(project: Project, module: str, name: str) -> None:
    """Bind a name of a module once more: the meaning of this definition changes, of no other."""
    text = project.path(f"src/preimage/{module}").read_text()
    assert f"{name} = " in text or f"def {name}(" in text or f"class {name}" in text
    add(project, module, f"{name} = {name}")


def add(project: Project, module: str, line: str) -> None:
    project.append(f"src/preimage/{module}", f"\n{line}\n")


def edit(project: Project, module: str, old: str, new: str) -> None:
    project.edit(f"src/preimage/{module}", old, new)


def steps(jobs: set[str]) -> set[str]:
    """Return the steps of jobs."""
    return {job.partition(" ")[0] for job in jobs}


def code_changed(project: Project, finished: Project) -> set[str]:
    """Return the steps of the study whose code is not what it was, as a plan has written down."""
    names = {step: f"code/{step}" for step in steps(finished.jobs)}
    return {s for s, n in names.items() if project.plan(n).name != finished.plan(n).name}


def check(project: Project, finished: Project, own: list[str], following: list[str]) -> None:
    """Check which jobs are stale: by their own code, and for what these will write."""
    planned = set(project.planned())
    assert code_changed(project, finished) - SHOWING == steps(stale(finished, own)) - SHOWING
    assert planned == stale(finished, [*own, *following]) - SHOWING


# What is bound again, each with the jobs whose own code that is, and then what follows from these.
ROWS = {
    "descents": (
        {("descent/descend.py", "descend"): ["generate_images *"]},
        FROM_IMAGES,
    ),
    "training": (
        {("networks/training.py", "fit"): ["train_network *", "memorise_noise *"]},
        OF_RESNET,
    ),
    "training on the demo world": (
        {("networks/demo_training.py", "train"): ["train_network *"]},
        OF_RESNET,
    ),
    "training on noise, a sheet, a table, inversions": (
        {
            ("networks/noise.py", "Noise"): ["memorise_noise *", "examine_networks"],
            ("steps/opposites.py", "_sheet"): ["draw_opposites"],  # tabulate_opposites is beside it
            ("measures/images/factors.py", "factors"): ["tabulate_factors"],
            ("mlp/geometry.py", "directions"): ["invert_mlps *"],
        },
        ["draw_training", "draw_classes", *FROM_INVERTED],
    ),
    "merging, curves, heatmaps": (
        {
            ("networks/merging.py", "merge"): ["merge_network *"],
            ("measures/mlps/descents.py", "tabulate_ends"): ["tabulate_mlps"],
            ("figures/heatmaps.py", "clusters"): ["draw_classes"],
        },
        [*OF_MERGED, "draw_mlps", CLAIMS],
    ),
    "reconstructions, items, tables of inversions": (
        {
            ("measures/depth/reconstructions.py", "Ruler"): ["measure_reconstructions *"],
            ("steps/classes.py", "tabulate_items"): ["tabulate_items"],  # others are beside it
            ("measures/mlps/inversions.py", "tabulate"): ["tabulate_inversions"],
        },
        [*BY_DEPTH, "draw_inversions", CLAIMS],
    ),
    "verdicts": ({("measures/statistics/verdicts.py", "Between"): [CLAIMS]}, []),
    "judges": ({("steps/ask_networks.py", "_check"): ["ask_networks *"]}, FROM_JUDGES),
    "fully connected networks": (
        {("mlp/networks.py", "apply"): ["descend_mlps *", "invert_mlps *"]},
        [*FROM_CURVES, *FROM_INVERTED],
    ),
    "functions that only a dictionary names": (
        {
            ("measures/comparisons/nearness.py", "cosine"): [
                "compare_images",
                "recognise_photos *",
            ],
            ("measures/space/similarity.py", "disparity"): ["tabulate_space"],
            ("figures/curves.py", "_loss_by_epoch"): ["draw_training"],
        },
        ["tabulate_comparisons", "draw_space", CLAIMS],
    ),
    "pairs and distributions": (
        {
            ("measures/comparisons/pairs.py", "pairs"): ["tabulate_comparisons"],
            ("measures/space/normality.py", "shape"): ["tabulate_space"],
        },
        ["draw_space", CLAIMS],
    ),
    "a constant three modules away": (
        {
            ("figures/style.py", "MARKERS"): [
                *("draw_classes", "draw_depth", "draw_inversions", "draw_mlps", "draw_opposites"),
                *("draw_space", "draw_training"),
            ]
        },
        [],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_definition_counts_for_the_steps_that_reach_it(project, finished, row):
    bound, following = ROWS[row]
    for module, name in bound:
        again(project, module, name)
    check(project, finished, [*chain(*bound.values())], following)


def test_what_is_not_bound_by_a_name_of_its_own_counts_as_well(project, finished):
    """A heading, a decorator, an entry of a dictionary of functions, a data file."""
    edit(project, "figures/curves.py", "Noise: mean loss of an epoch", "Noise: loss")
    edit(
        project, "figures/rings.py", "@dataclass(frozen=True)", "@dataclass(frozen=True, eq=False)"
    )
    edit(project, "measures/space/similarity.py", '"CKA": cka', '"CKA": disparity')
    project.append("src/preimage/networks/imagenet.csv", "\n")
    own = ["draw_training", "draw_opposites", "tabulate_space"]
    check(project, finished, own, [*IN_SPACE, CLAIMS])


def test_a_method_of_a_base_class_counts_for_all_that_use_it(project, finished):
    """Every step reads its plan by way of that class."""
    edit(project, "plans.py", "k not in without}", "k not in (*without, '')}")
    check(project, finished, ["*"], [])


def test_words_carriers_and_what_no_step_reaches_change_nothing(project):
    edit(project, "tables/images.py", '"network that looks at the pictures"', '"who looks"')
    edit(project, "steps/ask_networks.py", '"""Ask', '"""Do ask')
    for carrier in ("device.py", "errors.py", "__main__.py"):
        add(project, carrier, "NEW = 1")
    again(project, "files.py", "write_atomically")
    again(project, "progress.py", "progress")
    again(project, "steps/engine.py", "step")
    again(project, "study/code.py", "step_definitions")
    again(project, "study/configuration.py", "checked")
    add(project, "descent/descend.py", "UNUSED = 1")
    add(project, "figures/style.py", "def unused():\n    return 1")
    project.path("src/preimage/unused.py").write_text("NEW = 1\n")
    project.append("src/preimage/study/imagenet_groups.csv", "\n")  # the classes are others
    assert project.planned() == {}
