"""Which layer stands for which stage of the pages' ResNets."""

from preimage.measures.depth.stages import staged

RESNET = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "logits"]


def test_a_resnet_has_the_stages_of_the_pages_and_none_is_two():
    found = staged("resnet50", RESNET)
    assert [*found.values()] == RESNET
    assert found["Conv2"] == "layer1"
    assert found["Conv5"] == "layer4"
    assert staged("resnet18", ["maxpool", "layer4"]) == {"maxpool": "maxpool", "Conv5": "layer4"}


def test_of_others_the_first_stands_for_conv1_and_thirds_for_the_rest():
    layers = ["_swish", "_blocks.0", "_blocks.2", "_blocks.4", "_blocks.10", "_blocks.15", "logits"]
    assert staged("efficientnet", layers) == {
        "logits": "logits",
        "conv1": "_swish",
        "maxpool": "_blocks.0",
        "Conv2": "_blocks.2",
        "Conv3": "_blocks.4",
        "Conv4": "_blocks.4",
        "Conv5": "_blocks.15",
    }


def test_of_few_layers_none_stands_for_conv1():
    assert staged("vgg11", ["a", "b"]) == {"maxpool": "a", "Conv2": "a", "Conv5": "b"}
    assert staged("vgg11", ["logits"]) == {"logits": "logits"}
    assert staged("vgg11", ["a", "b", "c"])["Conv3"] == "b"
