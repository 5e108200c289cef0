"""What tests of steps share: claims are settled by the tables of any family."""

import json

import pytest

from preimage.steps.claims import settle_claims
from preimage.tables.claims import CLAIMS
from preimage.tables.parquet import read_table


@pytest.fixture
def settle(tmp_path):
    """Run the step by a plan, by family, and files of tables, one or more; return its exit code."""

    def settle(plan, **tables):
        (tmp_path / "claims.json").write_text(json.dumps(plan))
        words = ["--plan", tmp_path / "claims.json", "--claims", tmp_path / "claims.parquet"]
        for name, files in tables.items():
            several = files if isinstance(files, list) else [files]
            words += [f"--{name.replace('_', '-')}", *several]
        return settle_claims.main([str(word) for word in words])

    return settle


@pytest.fixture
def settled(settle, tmp_path):
    """Run the step likewise; return the claims of the pages, and not the rows of calibration."""

    def settled(plan, **tables):
        assert settle({"makers": {}} | plan, **tables) == 0
        found = read_table(tmp_path / "claims.parquet", CLAIMS)
        return found[~found.code.str.startswith("Z")].reset_index(drop=True)

    return settled
