"""Plans: JSON or YAML, with the keys that a step knows and no others."""

import json

import pytest
import yaml

from preimage.errors import UserError
from preimage.steps.plans import read_plan

PLAN = {"rates": [1e-05, 2e16, 0.5], "name": "dé:jà"}


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_what_is_read_is_what_was_written(tmp_path, write):
    (tmp_path / "plan").write_text(write(PLAN), encoding="utf-8")
    assert read_plan(tmp_path / "plan", PLAN) == PLAN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "a"}', "plan: rates missing"),
        ('{"name": "a", "rates": [], "rate": 1}', "unknown key 'rate'.*mean rates"),
        ("- name", "is no mapping of rates, name"),
        ("", "is no mapping of rates, name"),
        ('{"name": ', "plan cannot be read"),
    ],
)
def test_mistakes_are_told(tmp_path, text, message):
    (tmp_path / "plan").write_text(text)
    with pytest.raises(UserError, match=message):
        read_plan(tmp_path / "plan", PLAN)
