"""Descents on inputs: every route is the same function, and an interruption changes nothing."""

import itertools

import pytest
import torch

from preimage.checkpoint import Checkpoint
from preimage.mlp.descent import Route, Schedule, _product, _Products, descend
from preimage.mlp.networks import Networks, start_noise
from preimage.status import DIVERGED, NO_GRADIENT, NOT_FINITE, OK

N, SEEDS = 48, [1, 2, 3]
ROUTES = [Route(*way) for way in itertools.product((False, True), repeat=2)]
TARGET = torch.rand(N, generator=torch.Generator().manual_seed(0))


def descent(widths, relu="never", dtype=torch.float64, seeds=SEEDS, iterations=60, **options):
    networks = Networks.draw(N, widths, seeds, relu=relu, dtype=dtype)
    starts, schedule = start_noise(N, seeds), Schedule(iterations)
    return descend(networks, TARGET, starts, schedule, **options)


def by_autograd(widths, relu, seeds, iterations):
    """Follow the recipe by the letter; return m_i, m_g, loss at its end [3, S] and the inputs."""
    networks = Networks.draw(N, widths, seeds, relu=relu, dtype=torch.float64)
    target = TARGET.double()
    inputs, outputs = start_noise(N, seeds).double(), networks(target)
    for i in range(iterations):
        leaf = inputs.requires_grad_()
        loss = 0.35 * (networks(leaf) - outputs).abs().sum()
        (gradient,) = torch.autograd.grad(loss, leaf)
        lr = 0.1 * (iterations - i) / iterations + 1e-4 * i / iterations
        inputs = inputs.detach() - lr * gradient
    off = networks(inputs) - outputs
    measured = [(inputs - target).norm(dim=1), off.norm(dim=1), 0.35 * off.abs().sum(dim=1)]
    return torch.stack(measured), inputs


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("widths", [(30,), (60,), (50, 70), (64, 50, 56)])
def test_linear_routes_are_the_recipe(route, widths):
    measured, inputs = by_autograd(widths, "never", SEEDS, 60)
    found = descent(widths, route=route)
    last = torch.stack([found.m_i[-1], found.m_g[-1], found.loss[-1]])
    torch.testing.assert_close(last, measured, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found.inputs, inputs, rtol=1e-9, atol=1e-9)
    assert found.status == [OK] * 3


@pytest.mark.parametrize("gram", [False, True])
@pytest.mark.parametrize("relu", ["between", "always"])
def test_routes_with_relus_are_the_recipe(relu, gram):
    measured, inputs = by_autograd((90, 80, 100), relu, SEEDS, 60)
    found = descent((90, 80, 100), relu, route=Route(fused=False, gram=gram))
    last = torch.stack([found.m_i[-1], found.m_g[-1], found.loss[-1]])
    torch.testing.assert_close(last, measured, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found.inputs, inputs, rtol=1e-9, atol=1e-9)


def test_in_float32_routes_agree_in_what_is_measured():
    found = [descent((60, 70), dtype=torch.float32, route=route) for route in ROUTES]
    for other in found[1:]:
        torch.testing.assert_close(other.m_i, found[0].m_i, rtol=2e-3, atol=0)
        torch.testing.assert_close(other.m_g, found[0].m_g, rtol=2e-2, atol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("route", ROUTES)
def test_a_gpu_gives_the_same(route):
    here, there = (descent((60, 50), route=route, device=device) for device in ("cpu", "cuda"))
    torch.testing.assert_close(there.m_i, here.m_i, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(there.inputs, here.inputs, rtol=1e-9, atol=1e-9)


def test_a_seed_is_the_same_alone_and_among_others():
    among, alone = descent((60, 50), "between"), descent((60, 50), "between", seeds=[2])
    torch.testing.assert_close(among.m_i[:, [1]], alone.m_i, rtol=1e-12, atol=0)
    torch.testing.assert_close(among.inputs[1:2], alone.inputs, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("widths", "relu", "iterations", "route"),
    [
        ((500,), "never", 100_000, Route(fused=False, gram=True)),
        ((6000,), "never", 100, Route(fused=False, gram=False)),
        ((3000, 3000), "never", 100_000, Route(fused=True, gram=True)),
        ((100, 3000), "never", 10_000, Route(fused=False, gram=True)),
        ((3000, 3000), "between", 100_000, Route(fused=False, gram=True)),
        ((3000, 3000), "between", 10, Route(fused=False, gram=False)),
    ],
)
def test_the_route_is_the_one_with_the_least_arithmetic(widths, relu, iterations, route):
    sides = itertools.pairwise([2523, *widths])
    weights = tuple(torch.empty(1, m, n, device="meta") for n, m in sides)
    biases = tuple(torch.empty(1, m, device="meta") for m in widths)
    assert Route.cheapest(Networks(weights, biases, relu), iterations) == route


def test_products_with_nearly_the_last_vector_are_products():
    draw = torch.Generator().manual_seed(0)
    matrices = torch.rand(2, 40, 40, generator=draw, dtype=torch.float64)
    matrices = matrices + matrices.mT
    products = _Products(matrices)
    vector = torch.randint(-1, 2, (2, 40), generator=draw).double()
    few, zero = vector.clone(), torch.zeros(2, 40).double()
    few[:, 3], few[0, 7] = 1 - few[:, 3], 5.0
    other = torch.rand(2, 40, generator=draw, dtype=torch.float64)
    for vectors in (vector, few, -vector, -vector, -few, other, -other, zero, few):
        expected = (matrices @ vectors[..., None])[..., 0]
        torch.testing.assert_close(products.of(vectors), expected, rtol=1e-12, atol=1e-12)


def test_a_product_reads_few_rows_where_few_elements_are_new():
    matrix = torch.full((40, 40), float("nan"))
    matrix[[3, 7]] = 0.5
    last = torch.ones(40)
    vector = -last
    vector[3], vector[7] = 1.0, 0.0
    found = _product(matrix, vector, last, torch.zeros(40))
    assert found.isfinite().all()


def test_moments_are_round_and_those_of_a_longer_schedule():
    short, long = Schedule(750).moments(), Schedule(200_000).moments()
    assert set(short) - {750} <= set(long)
    assert {0, 1, 2, 5, 10, 500, 750} <= set(short)
    assert {1000, 100_000, 200_000} <= set(long)
    assert len(long) < 130


@pytest.mark.parametrize("relu", ["never", "always"])
def test_an_interrupted_descent_gives_the_same_bits(tmp_path, relu):
    def stop(done):
        if done >= 1500:
            raise KeyboardInterrupt

    class Seen(Checkpoint):
        started_from = None

        def load(self):
            state = super().load()
            self.started_from = state and state["done"]
            return state

    options = {"relu": relu, "dtype": torch.float32, "iterations": 2500}
    whole = descent((60, 50), **options)
    file = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        descent((60, 50), checkpoint=Checkpoint(file, "d", seconds=0), callback=stop, **options)
    checkpoint = Seen(file, "d", seconds=1e9)
    resumed = descent((60, 50), checkpoint=checkpoint, **options)
    assert checkpoint.started_from >= 1500
    assert torch.equal(resumed.inputs, whole.inputs)
    for name in ("m_i", "m_g", "loss"):
        assert torch.equal(getattr(resumed, name), getattr(whole, name))
    assert resumed.status == whole.status
    other = Seen(file, "another digest")
    descent((60, 50), checkpoint=other, **options)
    assert other.started_from is None
    other.remove()
    assert not file.exists()


def test_a_damaged_checkpoint_is_none(tmp_path):
    file = tmp_path / "state.safetensors"
    file.write_bytes(b"half of a fi")
    assert Checkpoint(file, "d").load() is None


def test_status_says_how_it_ended():
    networks, starts = Networks.draw(N, [60], [1, 2]), start_noise(N, [1, 2])
    broken = starts.clone()
    broken[1] = float("nan")
    assert descend(networks, TARGET, broken, Schedule(5)).status == [OK, NOT_FINITE]
    wild = Schedule(20, lr=(50.0, 50.0))
    assert descend(networks, TARGET, starts, wild).status == [DIVERGED] * 2
    positive = tuple(weight.abs() for weight in networks.weights)
    dead_at_the_start = Networks(positive, networks.biases, "always")
    found = descend(dead_at_the_start, TARGET, -9 * torch.ones(2, N), Schedule(5))
    assert found.status == [NO_GRADIENT] * 2


@pytest.mark.parametrize("route", ROUTES)
def test_each_seed_may_have_a_target_of_its_own(route):
    networks = Networks.draw(N, (30, 60), SEEDS, dtype=torch.float64)
    targets = torch.rand(3, N, generator=torch.Generator().manual_seed(1))
    starts = start_noise(N, SEEDS)
    both = descend(networks, targets, starts, Schedule(40), route=route)
    for i, seed in enumerate(SEEDS):
        network = Networks.draw(N, (30, 60), [seed], dtype=torch.float64)
        alone = descend(network, targets[i], starts[i : i + 1], Schedule(40), route=route)
        torch.testing.assert_close(both.m_i[:, i], alone.m_i[:, 0])
        torch.testing.assert_close(both.inputs[i], alone.inputs[0])


@pytest.mark.parametrize("gram", [False, True])
@pytest.mark.parametrize("relu", ["never", "between"])
def test_normalised_steps_are_of_one_length(relu, gram):
    networks = Networks.draw(N, (90, 80), SEEDS, relu=relu, dtype=torch.float64)
    starts, schedule = start_noise(N, SEEDS).double(), Schedule(1, normalised=True)
    route = Route(fused=False, gram=gram)
    found = descend(networks, TARGET, starts, schedule, route=route)
    step = (found.inputs - starts).square().mean(dim=1).sqrt()
    torch.testing.assert_close(step, torch.full_like(step, 0.1 * 0.35))
    long = [
        descend(networks, TARGET, starts, Schedule(60, normalised=True), route=way)
        for way in (route, Route(fused=False, gram=not gram))
    ]
    torch.testing.assert_close(long[0].inputs, long[1].inputs, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("route", ROUTES)
def test_the_aim_is_the_cosine_of_a_step_with_the_way_to_the_target(route):
    networks = Networks.draw(N, (90, 80), SEEDS, dtype=torch.float64)
    starts = start_noise(N, SEEDS).double()
    found = descend(networks, TARGET, starts, Schedule(1), route=route)
    step, way = found.inputs - starts, TARGET.double() - starts
    cosine = torch.nn.functional.cosine_similarity(step, way)
    torch.testing.assert_close(found.aim[0], cosine, rtol=1e-7, atol=1e-7)
