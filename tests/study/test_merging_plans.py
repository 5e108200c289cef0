"""Merged networks: what they learn from, who judges, which pictures show what came of it."""

from merged_studies import entry, of, study

from preimage.study.merging import claims_plan, learnt_blocks, picture_runs


def test_a_merged_network_judges_its_own_pictures_only():
    both = study(entry(), image_sets=[of()])
    assert both.judges == ["resnet18", "squeezenet"]
    assert both.judges_of("new") == ["resnet18", "squeezenet", "new"]
    assert both.judges_of("resnet18") == both.judges


def test_a_merged_network_learns_from_the_blocks_that_have_its_classes():
    blocks = study(entry(), block=2).blocks("class_images", "squeezenet")
    assert list(blocks) == ["000.999", "004.999"]
    assert learnt_blocks(blocks, None) == list(blocks)
    assert learnt_blocks(blocks, [5]) == ["004.999"]
    assert learnt_blocks(blocks, [0, 1]) == ["000.999"]


def test_its_class_images_are_compared_with_those_of_the_donor():
    """Which is the network that made what it learnt; with whatever recipe it has."""
    sets = [
        of("made"),
        of("lowered", "-A"),
        of("from_origin", network="resnet18", recipe="slow"),
        of("from_donor", network="squeezenet", recipe="slow"),
    ]
    made = study(entry(), entry("silent"), image_sets=sets)
    (found,) = claims_plan(made, {})["pictures"]
    assert (found["network"], found["set"]) == ("new", "made")
    assert found["donor_sets"] == ["class_images", "from_donor"]
    donor = [(name, "squeezenet") for name in ("class_images", "from_donor")]
    assert picture_runs(made) == [("made", "new"), *donor]
    assert claims_plan(study(), {})["pictures"] == []


def test_comparisons_that_show_merged_networks_are_in_the_plan():
    compared = {
        name: {"name": name, "columns": [{"network": network}]}
        for name, network in (("a", "new"), ("b", "resnet18"))
    }
    assert claims_plan(study(entry()), compared)["comparisons"] == [compared["a"]]


def test_only_networks_that_have_learnt_something_judge():
    """Squeezenet keeps its first weights; it makes class images, so elsewhere it has a say."""
    assert study().judges == ["resnet18", "squeezenet"]
    assert claims_plan(study(), {})["judges"] == ["resnet18"]
