"""The step that prints which layers an architecture has."""

import sys

import pytest
import yaml

from preimage.steps.layers import layers


def listed(capsys, *argv):
    assert layers.main(list(argv)) == 0
    return capsys.readouterr().out


def test_what_is_printed_is_a_list_for_a_study(capsys):
    printed = listed(capsys, "squeezenet1_0", "--size", "227", "--kind", "Conv2d")
    layers = yaml.safe_load(printed)
    assert len(layers) == 26, "eight fire modules of three, one before and one behind them"
    assert (layers[0], layers[-1]) == ("features.0", "classifier.1")
    assert printed.splitlines()[0].endswith("# Conv2d, 96 maps x 111 rows x 111 columns")


def test_without_a_kind_there_are_operations_and_the_output(capsys):
    printed = listed(capsys, "shufflenet_v2_x0_5", "--size", "64")
    lines = dict(line.removeprefix("- ").split("#") for line in printed.splitlines())
    kinds = {layer.strip(): about.strip() for layer, about in lines.items()}
    assert kinds["mean"] == "operation, 1024 features"
    assert list(kinds)[-1] == "logits"


def test_transformers_are_listed_at_any_size_with_both_norms_of_a_block(capsys):
    printed = listed(capsys, "vit_b_16", "--size", "384", "--kind", "LayerNorm")
    layers = yaml.safe_load(printed)
    assert len(layers) == 25, "two in each of twelve blocks, and the last"
    assert "577 tokens x 768 features" in printed.splitlines()[0]


def test_what_anyones_module_builds_is_listed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    net = "def net(width, depth):\n    return Sequential(*[Conv2d(3, width, 3)] * depth)\n"
    (tmp_path / "listed_net.py").write_text(f"from torch.nn import Conv2d, Sequential\n\n\n{net}")
    for arguments in ("[3, 1]", "{width: 3, depth: 1}"):
        printed = listed(capsys, "listed_net:net", "--arguments", arguments, "--size", "9")
        assert printed.splitlines()[0] == "- 0       # Conv2d, 3 maps x 7 rows x 7 columns"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["resnet18", "--arguments", "[3]"], "resnet18: --arguments and --output go with package"),
        (["no.such:net", "--arguments", "[3"], "--arguments [3 are neither JSON nor YAML"),
        (["no.such:net", "--arguments", "a"], "give a list or a mapping, such as [a]"),
        (["no.such:net"], "no.such:net cannot be imported: ModuleNotFoundError"),
        (["resnet5"], "did you mean resnet50"),
        (["resnet18", "--kind", "Conv"], "did you mean Conv2d?); it has AdaptiveAvgPool2d"),
        (["alexnet", "--size", "20"], "cannot take images of 20 x 20 pixels"),
    ],
)
def test_mistakes_are_named(capsys, argv, message):
    assert layers.main(argv) == 2
    assert message in capsys.readouterr().err
