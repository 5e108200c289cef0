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


def test_its_class_images_are_compared_with_those_of_the_network_that_it_started_from():
    """Only where both sets ask for a class in the same manner."""
    sets = [
        of("made"),
        of("lowered", "-A"),
        of("otherwise", recipe="slow"),
        of("from_origin", network="resnet18", recipe="slow"),
        of("from_other", network="squeezenet", recipe="slow"),
        of("again", network="resnet18"),
    ]
    made = study(entry(), entry("silent"), image_sets=sets)
    assert claims_plan(made)["pictures"] == [
        {
            "network": "new",
            "origin": "resnet18",
            "set": "made",
            "origin_sets": ["class_images", "again"],
        },
        {
            "network": "new",
            "origin": "resnet18",
            "set": "otherwise",
            "origin_sets": ["from_origin"],
        },
    ]
    assert picture_runs(made) == [
        *(("made", "new"), ("otherwise", "new")),
        *((name, "resnet18") for name in ("class_images", "again", "from_origin")),
    ]
    assert claims_plan(study())["pictures"] == []


def test_only_networks_that_have_learnt_something_judge():
    """Squeezenet keeps its first weights; it makes class images, so elsewhere it has a say."""
    assert study().judges == ["resnet18", "squeezenet"]
    assert claims_plan(study())["judges"] == ["resnet18"]
