"""Only what is stale runs again: the table of the design, row by row, on a finished run."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch

import pytest
import yaml
from conftest import write_photo, write_weights
from project import STUDY, Project

DESCENT = "src/preimage/descent/descend.py"
STEP = "src/preimage/steps/generate_images.py"
IMAGES = "results/small/images/opposites/resnet18/000.999.safetensors"
BLOCK = "generate_images opposites/resnet18/000.999"

# What follows from a change, in the words of `Project.planned`; * stands for anything.
FIGURES_OF_TABLES = ["draw_agreement", "draw_factors *", "draw_opposites *"]
OF_GROUPS = ["tabulate_opposite_groups", "judge_opposites", "draw_opposite_g*"]
FROM_OPPOSITES = [
    "judge_images opposites/*",
    *["merge_items", "merge_predictions"],
    *["tabulate_opposites", "tabulate_agreement", "tabulate_factors"],
    *["draw_grid opposites/*", "draw_traces opposites/*", *FIGURES_OF_TABLES],
    *OF_GROUPS,
]
OPPOSITES = ["generate_images opposites/*", *FROM_OPPOSITES]
FROM_JUDGES = ["judge_images *", "merge_predictions", "tabulate_opposites", "tabulate_distances"]
FROM_JUDGES += ["tabulate_agreement", "tabulate_factors"]
FROM_JUDGES += ["draw_grid *", "draw_distances *", *FIGURES_OF_TABLES, *OF_GROUPS]
FROM_JUDGES += ["tabulate_pairs", "tabulate_comparisons", "judge_comparisons", "draw_comparison *"]
COMPARED = ["compare_images *", "merge_compared_images"]
OF_SPACE = ["tabulate_neighbour_graph", "draw_neighbour_*", "judge_space"]
OF_SPACE += ["tabulate_principal_components", "draw_principal_components *"]
OF_SPACE += ["compare_spaces", "draw_space_comparison"]
FROM_JUDGES += OF_SPACE
FROM_MAPS = ["merge_maps", "tabulate_maps", "draw_map_distributions *", "judge_space"]
OF_MAPS = ["measure_maps *", "draw_maps *", *FROM_MAPS]
FROM_PHOTOS = ["measure_reconstructions *", "merge_items", "merge_reconstructions"]
FROM_PHOTOS += ["tabulate_depth", "judge_depth", "draw_depth *", "draw_trajectories *"]
FROM_PHOTOS += ["draw_reconstructions *"]
FROM_MEASURES = [job for job in FROM_PHOTOS if job != "merge_items"]
MERGED = ["merge_network *", "tabulate_merging", "judge_merging", "draw_training"]
FROM_IMAGES = [*FROM_JUDGES, "draw_traces *", *FROM_PHOTOS, *COMPARED, *OF_MAPS, *MERGED]
RESNET = ["train_network *", "generate_images */resnet18/*", *MERGED]
FROM_THE_PHOTO = ["generate_images reconstructions/resnet18/001.*", *FROM_PHOTOS]
FROM_INVERSIONS = ["merge_inversions *", "tabulate_inversions", "draw_inversions *"]
FROM_MLPS = ["merge_mlps", "tabulate_mlps", "draw_mlps *", "draw_mlp_*"]
FROM_TABLES = ["merge_[!n]*", "tabulate_depth", "judge_depth", "draw_depth *"]
FROM_TABLES += [*FROM_MAPS, "tabulate_mlps", "draw_mlps *", "draw_mlp_widths *"]
FROM_TABLES += ["tabulate_comparisons", "judge_comparisons"]
FROM_RESNET = [*FROM_JUDGES, "draw_traces */resnet18", *FROM_PHOTOS, *COMPARED, *OF_MAPS]
FROM_SQUEEZENET = [*FROM_JUDGES, *COMPARED, *MERGED, "merge_items", "draw_traces */squeezenet"]


def stale(finished: Project, patterns: list[str]) -> set[str]:
    """Return the jobs of the study that the patterns mean; each must mean one."""
    found = {p: {job for job in finished.jobs if fnmatch(job, p)} for p in patterns}
    assert all(found.values()), found
    return set().union(*found.values())


def append(project: Project, name: str, text: str) -> None:
    with project.path(name).open("a") as file:
        file.write(text)


def recipe_of_opposites(config):
    return next(r for r in config["recipes"] if r["name"] == "slow")


def image_set(config, name):
    return next(s for s in config["image_sets"] if s["name"] == name)


def test_a_second_run_finds_nothing_to_do(project):
    assert project.run() == []


def test_remarks_and_formatting_change_nothing(project):
    append(project, DESCENT, "\n\n# A remark.\n")
    append(project, "src/preimage/steps/merge_tables.py", '\n"""Said in other words."""\n\n\n')
    project.edit("src/preimage/steps/cli.py", '"""What', '"""All that')
    append(project, "rules/images.smk", "\n# A remark.\n")
    append(project, STUDY, "\n# A remark.\n")
    config = yaml.safe_load(project.path(STUDY).read_text())
    turned = dict(reversed(config.items()))
    project.path(STUDY).write_text(yaml.safe_dump(turned, sort_keys=False, default_flow_style=True))
    assert project.planned() == {}


def test_touched_files_change_nothing(project):
    for path in sorted(project.folder.rglob("*")):
        os.utime(path)
    assert project.planned() == {}


def test_what_only_decides_where_and_when_changes_nothing(project):
    options = ["--cores", "1", "--set-threads", "generate_images=2", "--resources", "gpu=2"]
    project.configure(lambda config: config.update(device="auto", batch=3, threads=2))
    assert project.planned("--workflow-profile", "gpu", *options) == {}


@pytest.mark.parametrize(
    ("module", "patterns"),
    [
        ("descent/descend.py", ["generate_images *", *FROM_IMAGES]),
        ("networks/training.py", [*RESNET, *FROM_RESNET, "memorise_noise *"]),
        ("networks/demo_training.py", [*RESNET, *FROM_RESNET]),
        ("networks/noise.py", ["memorise_noise *", "draw_training"]),
        ("networks/merging.py", MERGED),
        ("measures/depth/reconstructions.py", FROM_MEASURES),
        ("measures/statistics/verdicts.py", ["judge_[!i]*"]),
        ("steps/judge_images.py", FROM_JUDGES),
        ("measures/images/factors.py", ["tabulate_factors", "draw_factors *"]),
        ("mlp/geometry.py", ["invert_mlps *", *FROM_INVERSIONS, "tabulate_examples"]),
        ("mlp/networks.py", ["*_mlps *", *FROM_MLPS, *FROM_INVERSIONS, "tabulate_examples"]),
        ("measures/mlps/descents.py", ["tabulate_mlps", "draw_mlps *", "draw_mlp_widths *"]),
        ("measures/mlps/inversions.py", ["tabulate_inversions", "draw_inversions *"]),
        (
            "measures/comparisons/nearness.py",
            [*COMPARED, "tabulate_comparisons", "judge_comparisons"],
        ),
        ("measures/comparisons/pairs.py", ["tabulate_pairs", "judge_comparisons"]),
        ("measures/space/similarity.py", ["compare_spaces", "draw_space_comparison"]),
        (
            "measures/space/normality.py",
            ["tabulate_maps", "draw_map_distributions *", "judge_space"],
        ),
        ("steps/merge_tables.py", FROM_TABLES),
        ("figures/heatmaps.py", ["draw_distances *", "draw_agreement"]),
    ],
)
def test_code_counts_for_the_steps_that_import_it(project, finished, module, patterns):
    append(project, f"src/preimage/{module}", "\nNEW = 1\n")
    assert set(project.planned()) == stale(finished, patterns)


def test_a_module_that_no_step_imports_changes_nothing(project):
    project.path("src/preimage/unused.py").write_text("NEW = 1\n")
    append(project, "src/preimage/study/configuration.py", "\nNEW = 1\n")
    assert project.planned() == {}


def test_a_new_class_costs_its_own_block_and_what_collects_it(project, finished):
    project.configure(lambda config: image_set(config, "opposites")["classes"].append(3))
    expected = [BLOCK, *FROM_OPPOSITES]
    assert set(project.planned()) == stale(finished, expected)


def test_a_class_in_a_new_block_leaves_the_others_alone(project, finished):
    project.configure(lambda config: image_set(config, "opposites")["classes"].append(30))
    new = {"generate_images opposites/resnet18/007.999"}
    assert set(project.planned()) == new | stale(finished, FROM_OPPOSITES)


def test_pictures_that_a_merged_network_does_not_learn_from_leave_it_alone(project, finished):
    project.configure(lambda config: image_set(config, "class_images")["classes"].append(30))
    planned = set(project.planned())
    assert "generate_images class_images/resnet18/007.999" in planned
    assert not stale(finished, ["merge_network *", "tabulate_merging"]) & planned


def test_other_groups_of_classes_cost_no_picture(project, finished):
    project.configure(lambda config: config.update(groups={"few": [0, 5]}))
    planned = set(project.planned())
    assert stale(finished, [*OF_GROUPS, "tabulate_neighbour_graph", "draw_neighbour_*"]) <= planned
    assert not stale(finished, ["generate_images *", "judge_images *"]) & planned


def test_a_class_taken_away_leaves_the_other_blocks_alone(project, finished):
    project.configure(lambda config: image_set(config, "opposites")["classes"].remove(5))
    assert set(project.planned()) == stale(finished, FROM_OPPOSITES)


def test_a_new_seed_leaves_the_pictures_of_the_others_alone(project, finished):
    project.configure(lambda config: image_set(config, "opposites").update(seeds=[999, 1]))
    planned = set(project.planned())
    made = {job for job in planned if job.startswith("generate_images")}
    assert made
    assert not made & finished.jobs
    assert planned - made == stale(finished, FROM_OPPOSITES)


@pytest.mark.parametrize(
    ("key", "values", "made"),
    [
        ("photos", ["chelsea", "noise", "more"], {"001.layer1.999", "001.logits.999"}),
        ("layers", ["layer1", "layer3", "logits"], {"000.layer3.999", "001.layer3.999"}),
        ("seeds", [1, 999], {f"00{i}.{layer}.1" for i in (0, 1) for layer in ("layer1", "logits")}),
    ],
)
def test_a_new_photo_layer_or_seed_costs_its_own_blocks(project, finished, key, values, made):
    write_photo(project, seed=3, name="more.png")
    project.configure(lambda config: config["photos"].append({"name": "more", "file": "more.png"}))
    project.configure(lambda config: image_set(config, "reconstructions").update({key: values}))
    planned = set(project.planned())
    new = {f"generate_images reconstructions/resnet18/{block}" for block in made}
    sheets = {job for job in planned if job.startswith("draw_reconstructions")}
    assert planned - sheets == new | (
        stale(finished, FROM_PHOTOS) - stale(finished, ["draw_reconstructions *"])
    )
    assert len(sheets) == (3 if key == "photos" else 2)


@pytest.mark.parametrize(("key", "value"), [("seeds", 3), ("layers", 3)])
def test_a_new_network_to_invert_costs_itself_and_what_collects_it(project, finished, key, value):
    project.configure(lambda config: config["inversions"][0][key].append(value))
    planned = set(project.planned())
    made = {job for job in planned if job.startswith("invert_mlps")}
    assert len(made) == 2
    assert not made & finished.jobs
    assert planned - made == stale(finished, FROM_INVERSIONS)


@pytest.mark.parametrize(
    ("key", "value", "made"),
    [
        ("widths", 80, {"80.100"}),
        ("depths", 2, {"30x2.100", "150x2.100"}),
        ("iterations", 9, {"30.9", "150.9"}),
    ],
)
def test_a_new_curve_costs_itself_and_what_collects_it(project, finished, key, value, made):
    def add(config):
        config["mlps"][0][key] = [*config["mlps"][0].get(key, [1]), value]

    project.configure(add)
    new = {f"descend_mlps needed_widths/{curve}" for curve in made}
    assert set(project.planned()) == new | stale(finished, FROM_MLPS)


def test_all_profiles_agree_on_what_is_stale(project):
    """A workflow profile takes the place of the default one, so each must say it."""
    profiles = [
        yaml.safe_load(f.read_text()) for f in project.folder.glob("profiles/*/config.yaml")
    ]
    keys = ("rerun-triggers", "max-checksum-file-size", "rerun-incomplete")
    said = [{key: profile[key] for key in keys} for profile in profiles]
    assert len(said) == 3
    assert said == [said[0]] * 3


def test_the_order_of_image_sets_and_classes_does_not_matter(project):
    project.configure(lambda config: config["image_sets"].reverse())
    project.configure(lambda config: image_set(config, "opposites")["classes"].reverse())
    project.configure(lambda config: config["recipes"].reverse())
    assert project.planned() == {}


@pytest.mark.parametrize("change", [{"precision": "bfloat16"}, {"loss": {"ceiling": 50}}])
def test_a_recipe_counts_for_the_experiments_that_use_it(project, finished, change):
    project.configure(lambda config: recipe_of_opposites(config).update(change))
    assert set(project.planned()) == stale(finished, OPPOSITES)


def test_the_look_of_a_figure_costs_no_descent(project, finished):
    project.configure(lambda config: config["figures"].update(columns=2))
    assert set(project.planned()) == stale(finished, ["draw_grid *", "draw_opposites *"])
    project.configure(lambda config: config["figures"].update(columns=3, metric="l1"))
    assert set(project.planned()) == stale(finished, ["draw_distances *"])


def test_the_content_of_a_photo_counts_for_what_starts_from_it_or_matches_it(project, finished):
    write_photo(project, seed=2)
    assert set(project.planned()) == stale(finished, [*OPPOSITES, *FROM_THE_PHOTO])


def test_the_content_of_a_weights_file_counts_for_what_uses_the_network(project, finished):
    write_weights(project, seed=2)
    used = ["build_network squeezenet", "generate_images class_images/squeezenet/*"]
    assert set(project.planned()) == stale(finished, [*used, *FROM_SQUEEZENET])


LIKE, BOTH, FILM = (f"generate_images {name}/resnet18/000.999" for name in ("like", "both", "film"))
MATCHED = "generate_images class_images/squeezenet/000.999"


def add_sets_of_several_networks(config):
    run = {"code": "A1", "classes": [0], "runs": [{"network": "resnet18", "recipe": "quick"}]}
    pictures = {"set": "class_images", "network": "squeezenet"}
    config["image_sets"] += [
        run | {"name": "like", "objective": "match(P)", "pictures": pictures},
        run | {"name": "both", "objective": "A + squeezenet:A"},
        run | {"name": "film", "objective": "A", "frames": 2},
    ]


def test_what_a_set_takes_from_other_networks_and_sets_counts_for_it(project):
    def planned():
        return {job for job in project.planned(*files) if not job.startswith("build_network")}

    project.configure(add_sets_of_several_networks)
    names = (block.removeprefix("generate_images ") for block in (LIKE, BOTH, FILM))
    files = [f"results/small/images/{name}.items.parquet" for name in names]
    project.run(*files)
    assert planned() == set()
    write_weights(project, seed=2)
    assert planned() == {MATCHED, LIKE, BOTH}
    project.run(*files)
    project.configure(lambda config: image_set(config, "class_images")["classes"].append(30))
    assert planned() == set()
    project.configure(lambda config: image_set(config, "class_images")["classes"].append(3))
    assert planned() == {MATCHED, LIKE}
    project.configure(lambda config: image_set(config, "film").update(frames=3))
    assert planned() == {MATCHED, LIKE, FILM}


class TestWithoutSnakemakesMemory:
    """`.snakemake` lost, as where only results were copied to another machine."""

    @pytest.fixture
    def project(self, project):
        shutil.rmtree(project.path(".snakemake"))
        return project

    def test_nothing_runs(self, project):
        assert project.planned() == {}

    def test_code_is_seen(self, project, finished):
        append(project, DESCENT, "\nNEW = 1\n")
        expected = stale(finished, ["generate_images *", *FROM_IMAGES])
        assert set(project.planned()) == expected

    def test_classes_and_recipes_are_seen(self, project, finished):
        project.configure(lambda config: image_set(config, "opposites")["classes"].append(3))
        project.configure(lambda config: config["recipes"][0].update(precision="bfloat16"))
        others = ["[!m]*_network *", "generate_images opposites/resnet18/001.999"]
        others += [
            "memorise_noise *",
            "*_mlps *",
            "tabulate_examples",
            *FROM_MLPS,
            *FROM_INVERSIONS,
        ]
        assert set(project.planned()) == finished.jobs - stale(finished, others)

    def test_what_is_taken_away_is_seen(self, project, finished):
        project.configure(lambda config: image_set(config, "opposites")["classes"].remove(5))
        assert set(project.planned()) == stale(finished, FROM_OPPOSITES)

    def test_files_of_the_user_are_seen(self, project, finished):
        write_photo(project, seed=2)
        assert set(project.planned()) == stale(finished, [*OPPOSITES, *FROM_THE_PHOTO])


@contextmanager
def held(project: Project) -> Iterator[subprocess.Popen]:
    """Make one block of images anew; its step waits, once it has started, for the block's end."""
    start = "sys.exit(run("
    wait = "print('waiting', flush=True); sys.stdin.read(); "
    project.edit(STEP, start, wait + start)
    reading, writing = os.pipe()
    command = project.command(IMAGES)
    with subprocess.Popen(**command, stdin=reading, start_new_session=True) as run:
        os.close(reading)
        try:
            assert "waiting\n" in run.stdout
            yield run
        finally:
            os.close(writing)


def test_a_killed_run_leaves_nothing_that_passes_for_a_result(project):
    """Killed with half of a result in place; then the same is run again."""
    known, code = project.path(IMAGES).read_bytes(), project.path(STEP).read_text()
    with held(project) as run:
        project.path(IMAGES).write_bytes(b"half")
        os.killpg(run.pid, signal.SIGKILL)
    project.path(STEP).write_text(code)
    project.run("--unlock")
    assert project.path(IMAGES).read_bytes() == b"half"
    assert list(project.planned(IMAGES)) == [BLOCK]
    project.run(IMAGES)
    assert project.path(IMAGES).read_bytes() == known
    assert project.planned(IMAGES) == {}


def test_code_edited_while_a_job_runs_is_seen_after_it(project):
    """The job has read the old code, even if the new code's key file is there before its end."""
    with held(project) as run:
        append(project, DESCENT, "\nNEW = 1\n")
        assert BLOCK in project.planned(IMAGES)
    assert run.returncode == 0
    assert list(project.planned(IMAGES)) == [BLOCK]
