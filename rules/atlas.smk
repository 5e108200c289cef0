# The study in the browser: pages that open from disk.

# Where the study was read from, as a command line says it.
READ_FROM = os.path.relpath(workflow.configfiles[-1])

plan("atlas", atlas.plan(STUDY, READ_FROM, figures_told(FINISHED)))


localrules:
    atlas,


use rule step as build_atlas with:
    input:
        **decided("build_atlas", "atlas", runs=["runs"]),
        **pictures_of(STUDY.runs),
        traces=[ancient(f) for f in files_of_runs("trace.parquet", STUDY.runs)],
        predictions=measured("predictions"),
        claims=rules.settle_claims.output.claims,
        tables=[
            ancient(str(file)) if file.endswith("distances.parquet") else file
            for file in FINISHED
            if file.startswith(f"{R}/tables/")
        ],
    output:
        start=f"{R}/atlas/index.html",
    log:
        logged("atlas"),
    params:
        digest=decided_by("build_atlas", "atlas", runs=["runs"]),


rule atlas:
    input:
        rules.build_atlas.output,
