"""Plans: JSON or YAML, with the keys that a step knows, of their types, and no others."""

import json
from typing import Annotated, Literal

import msgspec
import pytest
import yaml

from preimage.errors import UserError
from preimage.plans import Plan, read_plan


class Rates(Plan):
    name: str
    rates: list[float]
    most: Annotated[int, msgspec.Meta(ge=1)] = 3
    how: Literal["up", "down"] = "up"


class Several(Plan):
    of: list[Rates]


PLAN = {"rates": [1e-05, 2e16, 0.5], "name": "dé:jà"}


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_what_is_read_of_a_plan_is_what_was_written(tmp_path, write):
    plan = read_plan(written(tmp_path / "plan", write(PLAN)), Rates)
    assert plan == Rates(**PLAN)
    assert (plan.most, plan.how) == (3, "up")


def test_a_number_without_a_point_is_one_in_json_and_a_word_in_yaml(tmp_path):
    """YAML takes 1e-05 for a word."""
    text = '{"name": "a", "rates": [1e-05]}'
    assert read_plan(written(tmp_path / "plan", text), Rates).rates == [1e-05]
    with pytest.raises(UserError, match=r"Expected `float`, got `str` - at `\$.rates\[0\]`"):
        read_plan(written(tmp_path / "plan", f"# in YAML\n{text}"), Rates)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "a"}', "plan: .* missing required field `rates`"),
        ('{"name": "a", "rates": [], "rate": 1}', "plan: unknown key 'rate'.*mean rates"),
        ('{"name": "a", "rates": ["fast"]}', r"plan: Expected `float`.* at `\$.rates\[0\]`"),
        ('{"name": 1, "rates": []}', r"plan: Expected `str`, got `int` - at `\$.name`"),
        ('{"name": "a", "rates": [], "most": 0}', r"plan: Expected `int` >= 1 - at `\$.most`"),
        ('{"name": "a", "rates": [], "how": "on"}', r"plan: Invalid enum value 'on'.*`\$.how`"),
        ("- name", "plan: Expected `object`, got `array`"),
        ("", "plan: Expected `object`, got `null`"),
        ('{"name": ', "plan cannot be read"),
    ],
)
def test_mistakes_in_a_plan_are_told(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read_plan(written(tmp_path / "plan", text), Rates)


def test_mistakes_in_plans_of_a_plan_are_told_with_their_place(tmp_path):
    plan = written(tmp_path / "plan", json.dumps({"of": [PLAN, {"name": "a"}]}))
    with pytest.raises(UserError, match=r"missing required field `rates` - at `\$.of\[1\]`"):
        read_plan(plan, Several)
