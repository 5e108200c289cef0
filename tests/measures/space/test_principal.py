"""Principal components are those of the definition, with an interval over classes."""

import numpy as np
import pytest
from pictures import item_rows, said

from preimage.measures.space.principal import KEPT, analyse, tabulate
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import PRINCIPAL_COMPONENTS, PRINCIPAL_COORDINATES


@pytest.fixture
def vectors():
    draw = np.random.default_rng(2)
    return draw.normal(size=(60, 12)) * np.arange(12, 0, -1) + 100


def test_shares_are_eigenvalues_of_the_covariance(vectors):
    values = np.linalg.eigvalsh(np.cov(vectors.T))[::-1]
    assert analyse(vectors).explained == pytest.approx(values / values.sum())


def test_coordinates_keep_distances_and_put_the_furthest_point_first(vectors):
    coordinates = analyse(vectors).coordinates
    assert coordinates.mean(axis=0) == pytest.approx(0, abs=1e-9)
    apart = np.linalg.norm(vectors[3] - vectors[8])
    assert np.linalg.norm(coordinates[3] - coordinates[8]) == pytest.approx(apart)
    furthest = np.abs(coordinates).argmax(axis=0)
    assert (coordinates[furthest, range(12)] > 0).all()


def test_n_points_have_fewer_than_n_components(vectors):
    assert len(analyse(vectors[:5]).explained) == 4


def test_the_tables_hold_each_networks_own_pictures(vectors, tmp_path):
    logits = np.pad(vectors, ((0, 0), (0, 48)))  # of 60 classes, of which 12 vary
    told, full = said(item_rows(range(60)), logits)
    components, coordinates = tabulate(told, full)
    write_table(components, tmp_path / "c", PRINCIPAL_COMPONENTS)
    write_table(coordinates, tmp_path / "d", PRINCIPAL_COORDINATES)
    found = read_table(tmp_path / "c", PRINCIPAL_COMPONENTS)
    first = found[:KEPT]
    assert found.component.tolist() == list(range(1, 60))
    assert found.cumulated.iloc[-1] == pytest.approx(1)
    assert (first.explained_low < first.explained).all()
    assert (first.explained < first.explained_high).all()
    assert found.explained_low[KEPT:].isna().all()
    rows = read_table(tmp_path / "d", PRINCIPAL_COORDINATES)
    assert len(rows) == 60 * KEPT
    second = rows[(rows["class"] == 7) & (rows.component == 2)].coordinate.item()
    assert second == pytest.approx(analyse(vectors.astype(np.float32)).coordinates[7, 1], rel=1e-3)


def test_another_judge_and_a_class_alone_are_left_out(vectors):
    items = item_rows(range(12))
    assert all(table.empty for table in tabulate(*said(items, vectors[:12], judge="other")))
    assert all(table.empty for table in tabulate(*said(items[:1], vectors[:1])))


def test_a_network_that_says_the_same_of_all_has_no_components(vectors):
    same = np.full_like(vectors[:12], 1 / 3)
    assert all(table.empty for table in tabulate(*said(item_rows(range(12)), same)))
