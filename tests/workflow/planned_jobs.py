"""Print all jobs of `study.yaml` as JSON lines, with the names that rules give to files."""

import json
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.io import is_flagged
from snakemake.iocontainers import Namedlist
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)


def named(files: Namedlist) -> dict[str, list[str]]:
    return {name: [some] if isinstance(some, str) else [*some] for name, some in files.items()}


with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
    flow = api.workflow(
        resource_settings=ResourceSettings(cores=1),
        config_settings=ConfigSettings(configfiles=[Path("study.yaml")]),
        snakefile=Path("Snakefile"),
    )
    flow.dag(DAGSettings(forceall=True)).execute_workflow(executor="dryrun")
    workflow = flow._workflow
    for job in workflow.dag.jobs:
        about = {
            "rule": job.rule.name,
            "command": job.shellcmd or "",
            "input": named(job.input),
            "output": named(job.output),
            "inputs": [*job.input],
            "outputs": [*job.output],
            "ancient": [file for file in job.input if is_flagged(file, "ancient")],
            "digest": job.params.get("digest"),
            "untold": sorted(workflow.globals["UNTOLD"]),
        }
        print(json.dumps(about))
