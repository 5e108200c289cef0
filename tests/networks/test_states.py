"""Weights as people save them: read by content, chosen among others, never unpickled."""

import logging
import pickle
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
import torchvision
from torch import nn

from preimage.errors import UserError
from preimage.networks.network import build
from preimage.networks.states import load_file, load_state, read_state

SMALL = "shufflenet_v2_x0_5"  # 0.3 million weights with 5 classes


def same_state(one, other):
    one, other = one.state_dict(), other.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def prefixed(state, prefix):
    return {f"{prefix}{key}": value for key, value in state.items()}


@pytest.fixture(scope="module")
def state():
    return dict(build(SMALL, 5, seed=1).state_dict())


@pytest.fixture
def other():
    """Weights of the same network that are not to be taken."""
    return dict(build(SMALL, 5, seed=2).state_dict())


WRAPPERS = {
    "plain": lambda state, _: state,
    "checkpoint": lambda state, _: {"state_dict": state, "epoch": 3},
    "reference": lambda state, _: {"model": state, "optimizer": {"lr": 0.1}},
    "net": lambda state, _: {"net": state, "acc": 93.2, "epoch": 3},
    "parallel": lambda state, _: {"model_state_dict": prefixed(state, "module.")},
    "compiled": lambda state, _: prefixed(state, "_orig_mod."),
    "both": lambda state, _: prefixed(state, "module._orig_mod."),
    "nested": lambda state, _: {"state_dict": prefixed(state, "model.module.module.")},
    "lightning": lambda state, _: {
        "state_dict": {**prefixed(state, "model."), "loss.weight": torch.ones(5)},
        "pytorch-lightning_version": "2.0",
    },
    "any prefix": lambda state, _: prefixed(state, "encoder.backbone."),
    "average": lambda state, _: {"n_averaged": torch.tensor(7), **prefixed(state, "module.")},
    "only an average": lambda state, _: {"state_dict_ema": prefixed(state, "module.")},
    "average beside": lambda state, other: {"model_ema": other, "ema": other, "model": state},
    "average inside": lambda state, other: prefixed(other, "ema.module.") | state,
    "average before": lambda state, other: {
        "state_dict": prefixed(other, "ema_model.") | prefixed(state, "model.")
    },
    "averages by other names": lambda state, other: {
        "modelEMA": other,
        "EMAModel": other,
        "swa_state": other,
        "averaged_model": other,
        "shadow_params": other,
        "teacher": other,
        "exp_avg": other,
        "params": state,
    },
    "nested average": lambda state, _: {"ema": {"decay": 0.99, "shadow": state}},
    "among a number": lambda state, _: {**state, "epoch": 3},
    "optimiser": lambda state, _: {
        "optimizer": {
            "state": {i: {"exp_avg": torch.zeros_like(v)} for i, v in enumerate(state.values())},
            "param_groups": [{"lr": 0.1, "params": [0, 1]}],
        },
        "scheduler": {"last_lr": [0.1]},
        "checkpoint": {"best": {"state_dict": state}},
    },
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_state_dicts_are_taken_as_people_save_them(tmp_path, state, other, wrap):
    torch.save(wrap(state, other), tmp_path / "weights.pth")
    model = build(SMALL, 5)
    load_file(model, tmp_path / "weights.pth", "weights.pth")
    assert same_state(model, build(SMALL, 5, seed=1))


def test_names_that_are_the_networks_own_are_no_wrapper(tmp_path):
    """Its weights are called module.0.weight, and those of one in parallel module.module.0..."""
    inner = nn.Module()
    inner.module = nn.Sequential(nn.Conv2d(3, 2, 3))
    wanted = {key: torch.rand_like(value) for key, value in inner.state_dict().items()}
    for name, state in {"own": wanted, "parallel": prefixed(wanted, "module.")}.items():
        torch.save(state, tmp_path / f"{name}.pth")
        load_file(inner, tmp_path / f"{name}.pth", name)
        assert torch.equal(inner.module[0].weight, wanted["module.0.weight"])
        inner.module[0].weight.data.zero_()


def test_of_several_that_fit_the_one_taken_is_told(tmp_path, state, other, caplog):
    torch.save({"ema": other, "state_dict": prefixed(state, "module.")}, tmp_path / "w.pth")
    load_file(build(SMALL, 5), tmp_path / "w.pth", "mine")
    (said,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert said == "mine: several fit: state_dict is taken, left is ema"


def test_where_in_a_file_weights_are_that_do_not_fit_is_told(tmp_path, state):
    torch.save({"net": prefixed(state, "model."), "acc": 93.2}, tmp_path / "w.pth")
    with pytest.raises(
        UserError, match=r"^mine, net: model\.\* does not fit: fc\.weight is 5 x 10"
    ):
        load_file(build(SMALL, 36), tmp_path / "w.pth", "mine")


def test_what_is_left_out_is_told(tmp_path, state, caplog):
    caplog.set_level(logging.INFO)
    told = {**prefixed(state, "student."), "head.weight": torch.ones(3)}
    torch.save(told, tmp_path / "w.pth")
    load_file(build(SMALL, 5), tmp_path / "w.pth", "mine")
    assert "mine: taken are the weights student.*" in caplog.text
    assert "mine: left out are head.weight" in caplog.text


@pytest.mark.parametrize("name", ["w.pth", "W.SAFETENSORS", "w", "w.safetensors.pth"])
def test_the_format_is_known_by_content(tmp_path, state, name):
    safetensors.torch.save_file(state, tmp_path / name)
    assert read_state(tmp_path / name).keys() == state.keys()


def test_pytorchs_format_is_read_whatever_it_is_called(tmp_path, state):
    torch.save(state, tmp_path / "w.safetensors")
    assert read_state(tmp_path / "w.safetensors").keys() == state.keys()


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_torchscript_is_called_by_its_name(tmp_path):
    scripted = torch.jit.script(nn.Sequential(nn.Conv2d(3, 2, 3)))
    scripted.save(str(tmp_path / "w.pt"))
    with pytest.raises(UserError, match=r"w\.pt is refused: it is a TorchScript archive"):
        read_state(tmp_path / "w.pt")


def test_what_a_pickle_holds_is_named(tmp_path):
    torch.save(build(SMALL, 5), tmp_path / "whole.pth")
    torch.save({"args": SimpleNamespace(lr=1)}, tmp_path / "args.pth")
    with pytest.raises(UserError, match=r"objects, torchvision\.models\.\w+\.ShuffleNetV2 among"):
        read_state(tmp_path / "whole.pth")
    with pytest.raises(UserError, match=r"types\.SimpleNamespace among them, which are never"):
        read_state(tmp_path / "args.pth")


def test_files_of_other_kinds_are_called_by_their_names(tmp_path):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (tmp_path / "w.pth").write_text(pointer)
    with pytest.raises(UserError, match="a pointer of Git LFS, not the file itself"):
        read_state(tmp_path / "w.pth")
    (tmp_path / "w.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
    with pytest.raises(UserError, match="an HDF5 file, as Keras writes them"):
        read_state(tmp_path / "w.h5")


def test_channels_are_explained(tmp_path):
    grey = nn.Sequential(nn.Conv2d(1, 64, 3), nn.Conv2d(64, 5, 3))
    torch.save(grey.state_dict(), tmp_path / "w.pth")
    model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.Conv2d(64, 5, 3))
    with pytest.raises(UserError) as caught:
        load_file(model, tmp_path / "w.pth", "mine")
    said = str(caught.value)
    assert "0.weight is 64 x 1 x 3 x 3, not 64 x 3 x 3 x 3" in said
    assert "so 0 takes pictures of 1 channel(s), and here they have 3, red, green and blue" in said
    assert "outputs there" not in said


class Tokens(nn.Module):
    """As timm's vision transformers call it."""

    def __init__(self, tokens):
        super().__init__()
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, 8))


def test_position_embeddings_of_another_size_are_explained(tmp_path):
    torch.save(Tokens(1 + 14**2).state_dict(), tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"another size: 14 x 14 patches, and here there are 7 x 7"):
        load_file(Tokens(1 + 7**2), tmp_path / "w.pth", "mine")


def test_position_embeddings_of_torchvisions_are_interpolated(tmp_path, caplog):
    given = build("vit_b_32", 5, seed=1, options={"image_size": 64})
    given.encoder.pos_embedding.data[0, 1:] = torch.tensor([0.0, 1, 2, 3])[:, None]  # rows of two
    torch.save({"model": prefixed(given.state_dict(), "module.")}, tmp_path / "w.pth")
    model = build("vit_b_32", 5, options={"image_size": 96})
    load_file(model, tmp_path / "w.pth", "mine")
    grid = model.encoder.pos_embedding[0, 1:, 0].view(3, 3)
    expected = torch.tensor([[0.0, 0.5, 1], [1, 1.5, 2], [2, 2.5, 3]])
    assert grid[::2, ::2].allclose(expected[::2, ::2])
    assert grid[1, 1].isclose(expected[1, 1])
    assert (
        "mine, model: its position embeddings are interpolated, from 2 x 2 patches" in caplog.text
    )
    assert torch.equal(model.heads.head.weight, given.heads.head.weight)


def test_the_format_of_old_versions_and_safetensors_are_read(tmp_path, state):
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(state, tmp_path / "new.safetensors")
    assert read_state(tmp_path / "old.pth").keys() == state.keys()
    assert read_state(tmp_path / "new.safetensors").keys() == state.keys()


class Trap:
    """Unpickling this ends in a file that should not be there."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize(
    "save", [torch.save, lambda data, path: path.write_bytes(pickle.dumps(data))]
)
def test_a_pickle_of_other_things_is_refused_and_never_run(tmp_path, state, save):
    save({**state, "trap": Trap(tmp_path / "ran")}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"weights\.pth is refused: .*never loaded"):
        read_state(tmp_path / "weights.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("part", [0, 0.4, 0.99])
def test_a_truncated_file_is_an_error(tmp_path, state, suffix, part):
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    (torch.save if suffix == ".pth" else safetensors.torch.save_file)(state, whole)
    content = whole.read_bytes()
    cut.write_bytes(content[: int(part * len(content))])
    with pytest.raises(UserError, match=rf"cut{suffix} cannot be read, it may be cut short"):
        read_state(cut)


def test_what_is_no_state_dict_is_an_error(tmp_path, state):
    path = tmp_path / "weights.pth"
    for data, message in (
        ([1, 2], "holds no state dict but of type list"),
        ({}, "holds no state dict but an empty dict"),
        ({"epoch": 3}, "holds no state dict but dict of 'epoch': write it with torch.save"),
    ):
        torch.save(data, path)
        with pytest.raises(UserError, match=message):
            read_state(path)
    path.write_text("<html>404</html>")
    with pytest.raises(UserError, match=r"weights\.pth (is refused|cannot be read)"):
        read_state(path)
    with pytest.raises(UserError, match="there is no weights file"):
        read_state(tmp_path)


def test_auxiliary_heads_in_a_state_dict_are_dropped():
    for architecture in ("googlenet", "inception_v3"):
        whole = torchvision.models.get_model(
            architecture, num_classes=5, aux_logits=True, init_weights=False
        )
        model = build(architecture, 5)
        load_state(model, whole.state_dict(), "whole")
        assert torch.equal(model.fc.weight, whole.fc.weight)


def test_names_of_old_versions_are_taken():
    dense, vit = (
        build("densenet121", 5, seed=1),
        build("vit_b_16", 5, seed=1, options={"image_size": 32}),
    )
    old_dense = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.")
        if "denselayer" in key
        else key: value
        for key, value in dense.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    old_vit = {
        key.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): value
        for key, value in vit.state_dict().items()
    }
    for model, old, options in ((dense, old_dense, {}), (vit, old_vit, {"image_size": 32})):
        assert not model.state_dict().keys() >= old.keys()
        fresh = build(("vit_b_16" if options else "densenet121"), 5, options=options)
        load_state(fresh, old, "old")
        assert same_state(fresh, model)


@pytest.mark.parametrize("version", [None, 1])
def test_mnasnet_keeps_todays_layout_whatever_the_file_says(version):
    given = build("mnasnet0_5", 5, seed=1)
    state = given.state_dict()
    state._metadata = {} if version is None else {"": {"version": version}}
    fresh = build("mnasnet0_5", 5)
    load_state(fresh, state, "file")
    assert same_state(fresh, given)


def test_half_precision_weights_are_computed_with_in_full(state):
    model = build(SMALL, 5)
    load_state(
        model, {k: v.half() if v.is_floating_point() else v for k, v in state.items()}, "file"
    )
    assert model.fc.weight.dtype == torch.float32


def test_another_number_of_classes_is_named(state):
    with pytest.raises(
        UserError,
        match=r"^mine: w\.pth does not fit: fc\.weight is 5 x 1024, not 36 x 1024; .*"
        r"so fc has 5 outputs there, and 36 are wanted: name as many categories",
    ):
        load_state(build(SMALL, 36), state, "mine: w.pth")


def test_missing_and_unknown_weights_are_named(state):
    other = {**state, "extra": torch.zeros(1)}
    del other["fc.bias"]
    with pytest.raises(UserError, match=r"it lacks fc\.bias; it has the unknown extra; is it ano"):
        load_state(build(SMALL, 5), other, "file")
    with pytest.raises(UserError, match=r"it lacks .*, and \d+ more; it has the unknown .* more;"):
        load_state(build("squeezenet1_1", 5), state, "file")
