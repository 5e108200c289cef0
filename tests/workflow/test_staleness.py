"""Only what is stale runs again: the table of the design, row by row, on a finished run.

Code is in `test_staleness_of_code`. Rows that lead to different jobs are proved by one plan.
"""

import os
import random
import shutil
import time

import pytest
import yaml
from followers import (
    FROM_CURVES,
    FROM_IMAGES,
    FROM_INVERTED,
    FROM_OPPOSITES,
    FROM_PHOTOS,
    IN_SPACE,
    OF_MERGED,
    stale,
)
from own_files import write_photo, write_weights
from project import STUDY

OPPOSITES = "generate_images opposites/resnet18"
RECONSTRUCTIONS = "generate_images reconstructions/resnet18"
OF_OPPOSITES = ["generate_images opposites/*", *FROM_OPPOSITES]
FROM_THE_PHOTO = [*OF_OPPOSITES, "generate_images reconstructions/*", *FROM_PHOTOS]
DAY = 24 * 3600


def recipe(config, name):
    return next(r for r in config["recipes"] if r["name"] == name)


def image_set(config, name):
    return next(s for s in config["image_sets"] if s["name"] == name)


def set_times(project, time_of):
    for path in sorted(project.folder.rglob("*")):
        os.utime(path, (time_of(path),) * 2)


def test_a_second_run_finds_nothing_to_do(project):
    assert project.run() == []


def test_remarks_formatting_and_the_order_of_things_change_nothing(project):
    project.append("src/preimage/descent/descend.py", "\n\n# A remark.\n")
    project.append("src/preimage/steps/classes.py", '\n"""Said in other words."""\n\n\n')
    project.append("rules/images.smk", "\n# A remark.\n")
    project.append(STUDY, "\n# A remark.\n")
    project.configure(lambda config: config["image_sets"].reverse())
    project.configure(lambda config: image_set(config, "opposites")["classes"].reverse())
    project.configure(lambda config: config["recipes"].reverse())
    config = yaml.safe_load(project.path(STUDY).read_text())
    turned = dict(reversed(config.items()))
    project.path(STUDY).write_text(yaml.safe_dump(turned, sort_keys=False, default_flow_style=True))
    assert project.planned() == {}


@pytest.mark.parametrize(
    ("target", "files", "rules"),
    [
        (
            "class_images",
            ["images/class_images/*/*.trace.parquet", "figures/traces/class_images.pdf"],
            {"generate_images", "draw_sheet"},
        ),
        (
            "networks",
            ["networks/*.json", "networks/*.training.parquet", "networks/*.merging.parquet"],
            {"build_network", "train_network", "memorise_noise", "merge_network"},
        ),
    ],
)
def test_a_target_misses_any_file_that_its_jobs_wrote(project, target, files, rules):
    for pattern in files:
        found = list(project.folder.glob(f"results/small/{pattern}"))
        assert found
        for file in found:
            file.unlink()
    assert rules <= {job.partition(" ")[0] for job in project.planned(target)}


def test_times_of_files_change_nothing(project):
    """Touched one after the other; then copied in any order, as by ``cp -r``; then unpacked."""
    set_times(project, lambda _: time.time())
    assert project.planned() == {}
    order = random.Random(0)
    set_times(project, lambda _: time.time() // 1 - order.randint(0, DAY))
    assert project.planned() == {}


def test_what_only_decides_where_and_when_changes_nothing(project):
    options = ["--cores", "1", "--set-threads", "generate_images=2", "--resources", "gpu=2"]
    project.configure(lambda config: config.update(device="auto", batch=3, threads=2))
    assert project.planned("--workflow-profile", "gpu", *options) == {}


def test_all_profiles_agree_on_what_is_stale(project):
    """A workflow profile takes the place of the default one, so each must say it."""
    profiles = [
        yaml.safe_load(f.read_text()) for f in project.folder.glob("profiles/*/config.yaml")
    ]
    keys = ("rerun-triggers", "max-checksum-file-size", "rerun-incomplete", "nolock")
    said = [{key: profile[key] for key in keys} for profile in profiles]
    assert len(said) == 3
    assert said == [said[0]] * 3


def test_a_new_class_changes_its_own_block_and_what_collects_it(project, finished):
    project.configure(lambda config: image_set(config, "opposites")["classes"].append(3))
    assert set(project.planned()) == stale(
        finished, ["generate_images opposites/*", *FROM_OPPOSITES]
    )


def test_a_class_in_a_new_block_leaves_the_others_alone(project, finished):
    """So does what a block may hold, as long as a run is no more than that."""

    def add(config):
        config["block"] = 3
        image_set(config, "opposites")["classes"].append(30)
        image_set(config, "reconstructions")["layers"] = ["layer1"]

    project.configure(add)
    own = ["generate_images reconstructions/*", "examine_networks"]  # of these layers
    expected = stale(finished, [*own, *FROM_OPPOSITES, *FROM_PHOTOS])
    assert set(project.planned()) == {f"{OPPOSITES}/024.999"} | expected


def test_pictures_that_a_merged_network_does_not_learn_from_leave_it_alone(project, finished):
    def add(config):
        config["block"] = 3
        image_set(config, "class_images")["classes"].append(30)
        image_set(config, "reconstructions")["layers"] = ["layer1"]

    project.configure(add)
    planned = set(project.planned())
    assert "generate_images class_images/resnet18/024.999" in planned
    assert not stale(finished, ["generate_images class_images/*", *OF_MERGED]) & planned


def test_other_groups_of_classes_cost_no_picture(project, finished):
    project.configure(lambda config: config.update(groups={"few": [0, 5]}))
    expected = ["tabulate_opposites", "draw_opposites", *IN_SPACE, "settle_claims"]
    assert set(project.planned()) == stale(finished, expected)


def test_what_is_taken_away_leaves_the_rest_alone(project, finished):
    """A class, and a whole set: what they left behind belongs to nothing."""
    project.configure(lambda config: image_set(config, "opposites")["classes"].remove(5))
    assert set(project.planned()) == stale(finished, OF_OPPOSITES)


def test_new_seeds_and_curves_leave_the_pictures_of_the_others_alone(project, finished):
    """A seed of opposites, of reconstructions and of inversions; a width."""

    def add(config):
        image_set(config, "opposites").update(seeds=[999, 1])
        image_set(config, "reconstructions").update(seeds=[1, 999])
        config["inversions"][0]["seeds"].append(3)
        config["mlps"][0]["widths"] = [*config["mlps"][0]["widths"], 80]

    project.configure(add)
    new = {f"{OPPOSITES}/000.1", f"{RECONSTRUCTIONS}/000.layer1.1"}
    own = ["descend_mlps *", *FROM_CURVES, "invert_mlps *", *FROM_INVERTED]
    expected = stale(finished, [*own, *FROM_OPPOSITES, *FROM_PHOTOS])
    assert set(project.planned()) == new | expected


def test_new_photos_layers_and_experiments_cost_what_they_are_in(project, finished):
    """Twice as many pictures, cut by layer now, keep the name of the first block."""
    write_photo(project, seed=3, name="more.png")

    def add(config):
        config["photos"].append({"name": "more", "file": "more.png"})
        image_set(config, "reconstructions")["photos"].append("more")
        config["inversions"].append(config["inversions"][0] | {"name": "other", "seeds": [4]})
        config["mlps"].append(config["mlps"][0] | {"name": "other", "iterations": [9]})

    project.configure(add)
    new = {f"{RECONSTRUCTIONS}/000.logits.999", "invert_mlps other", "descend_mlps other"}
    expected = ["generate_images reconstructions/*", *FROM_PHOTOS, *FROM_CURVES, *FROM_INVERTED]
    assert set(project.planned()) == new | stale(finished, expected)


def test_a_new_layer_costs_its_own_block_and_moves_those_behind_it(project, finished):
    def add(config):
        config["inversions"][0]["layers"].append(3)
        config["mlps"][0]["iterations"] = [*config["mlps"][0]["iterations"], 9]
        image_set(config, "reconstructions")["layers"] = ["layer1", "layer3", "logits"]

    project.configure(add)
    new = {f"{RECONSTRUCTIONS}/000.logits.999"}
    own = ["generate_images reconstructions/*", "descend_mlps *", "invert_mlps *"]
    own += ["examine_networks"]
    expected = stale(finished, [*own, *FROM_CURVES, *FROM_INVERTED, *FROM_PHOTOS])
    assert set(project.planned()) == new | expected


@pytest.mark.parametrize("change", [{"precision": "bfloat16"}, {"loss": {"ceiling": 50}}])
def test_a_recipe_counts_for_the_experiments_that_use_it(project, finished, change):
    project.configure(lambda config: recipe(config, "slow").update(change))
    assert set(project.planned()) == stale(
        finished, ["generate_images opposites/*", *FROM_OPPOSITES]
    )


def test_the_look_of_a_figure_costs_no_descent(project, finished):
    project.configure(lambda config: config["figures"].update(columns=2))
    assert set(project.planned()) == stale(finished, ["draw_sheet *", "draw_opposites"])
    project.configure(lambda config: config["figures"].update(columns=3, metric="l1"))
    assert set(project.planned()) == stale(finished, ["draw_classes"])


def test_the_content_of_a_photo_counts_for_what_starts_from_it_or_matches_it(project, finished):
    write_photo(project, seed=2)
    assert set(project.planned()) == stale(finished, FROM_THE_PHOTO)


def test_the_content_of_a_weights_file_counts_for_what_uses_the_network(project, finished):
    """It judges all pictures of classes, and one network is led to it: no other picture changes."""
    write_weights(project, seed=2)
    used = ["build_network squeezenet", "generate_images class_images/squeezenet/*"]
    of_photos = ["measure_reconstructions *", "tabulate_depth", "draw_depth"]
    from_it = stale(finished, [*used, *FROM_IMAGES]) - stale(finished, of_photos)
    assert set(project.planned()) == from_it - {"measure_axes"}


LIKE, BOTH, FILM = (f"generate_images {name}/resnet18/000.999" for name in ("like", "both", "film"))
MATCHED = "generate_images class_images/squeezenet/000.999"


def add_sets_of_several_networks(config):
    run = {"code": "A1", "classes": [0], "runs": [{"network": "resnet18", "recipe": "quick"}]}
    pictures = {"set": "class_images", "network": "squeezenet"}
    config["block"] = 3
    image_set(config, "reconstructions")["layers"] = ["layer1"]
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
    weights = project.path("weights.safetensors").read_bytes()
    write_weights(project, seed=2)
    assert planned() == {MATCHED, LIKE, BOTH}
    project.path("weights.safetensors").write_bytes(weights)
    project.configure(lambda config: image_set(config, "class_images")["classes"].append(30))
    assert planned() == set()
    project.configure(lambda config: image_set(config, "class_images").update(classes=[0, 1, 3, 5]))
    project.configure(lambda config: image_set(config, "film").update(frames=3))
    assert planned() == {MATCHED, LIKE, FILM}


class TestCopied:
    """Only `results/` came along, and no time of any file, as with ``cp -r``."""

    @pytest.fixture
    def project(self, project):
        shutil.rmtree(project.path(".snakemake"))
        order = random.Random(1)
        set_times(project, lambda _: time.time() // 1 - order.randint(0, DAY))
        return project

    def test_nothing_runs(self, project):
        assert project.planned() == {}

    def test_what_is_asked_now_is_seen_though_the_pictures_are_newer_than_its_plan(
        self, project, finished
    ):
        project.configure(lambda config: recipe(config, "slow")["octaves"][0].update(lr=0.2))
        assert set(project.planned()) == stale(finished, OF_OPPOSITES)
        shutil.rmtree(project.path(".snakemake"))
        set_times(project, lambda path: 1e9 + (0 if "plan" in path.parts else DAY))
        assert set(project.planned()) == stale(finished, OF_OPPOSITES)

    def test_records_of_an_earlier_version_are_taken_along(self, project):
        """They were in `.snakemake`, where a link to those with the results is now."""
        project.path(".snakemake").mkdir()
        project.path("results/.records").rename(project.path(".snakemake/metadata"))
        assert project.planned() == {}
        assert project.path(".snakemake/metadata").resolve() == project.path("results/.records")


class TestWithoutRecords:
    """`.snakemake` and what is recorded beside the results lost: times decide."""

    @pytest.fixture
    def project(self, project):
        shutil.rmtree(project.path(".snakemake"))
        shutil.rmtree(project.path("results/.records"))
        return project

    def test_nothing_runs(self, project):
        assert project.planned() == {}

    def test_nothing_runs_where_times_were_lost_too(self, project):
        """All of one time, as unpacked from an archive without times."""
        set_times(project, lambda _: 1e9)
        assert project.planned() == {}

    def test_code_plans_and_what_is_taken_away_are_seen(self, project, finished):
        project.append("src/preimage/mlp/descent.py", "\ndescend = descend\n")
        project.configure(lambda config: image_set(config, "reconstructions")["photos"].pop())
        project.configure(lambda config: config["figures"].update(metric="l1"))
        expected = ["descend_mlps *", *FROM_CURVES, "draw_classes"]
        expected += ["generate_images reconstructions/*", *FROM_PHOTOS]
        assert set(project.planned()) == stale(finished, expected)

    def test_files_of_the_user_are_seen(self, project, finished):
        write_photo(project, seed=2)
        assert set(project.planned()) == stale(finished, FROM_THE_PHOTO)
