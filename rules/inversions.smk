# Square linear layers: exact inversion, condition numbers, the spiky ball (codes E5 to E9).

from preimage.study.inversions import parts as inversion_parts

INVERSIONS = {}  # plans of the parts of each, by its name
for entry in sorted(STUDY.config["inversions"], key=lambda entry: entry["name"]):
    (photo,) = STUDY.photos_plan([entry["photo"]]).values()
    INVERSIONS[entry["name"]] = inversion_parts(entry, photo)
    plan(f"figures/inversions/{entry['name']}", {"inversion": entry["name"]})
    for part, value in INVERSIONS[entry["name"]].items():
        plan(f"inversions/{entry['name']}/{part}", value)

INVERTED = f"{R}/inversions/{{inversion}}/{{part}}"
INVERSION_TABLES = ["inversions", "conditions", "directions"]


localrules:
    inversions,


wildcard_constraints:
    inversion="|".join(INVERSIONS) or "none",
    part=r"[0-9]+\.[0-9]+",


rule inversions:
    input:
        expand(
            f"{R}/tables/{{table}}.parquet",
            table=[*INVERSION_TABLES, "inversion_summary", "worked_examples"],
        )
        if INVERSIONS
        else [],
        expand(
            f"{FIGURES}/inversions/{{inversion}}.{{figure}}.png",
            inversion=INVERSIONS,
            figure=["histogram", "condition", "geometry"],
        ),


rule invert_mlps:
    input:
        photos=photos_of_inversion,
        plan=f"{R}/plan/inversions/{{inversion}}/{{part}}.json",
        code=code("invert_mlps"),
    output:
        **{table: f"{INVERTED}.{table}.parquet" for table in INVERSION_TABLES},
    log:
        f"{R}/logs/inversions/{{inversion}}/{{part}}.log",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("inversions/{inversion}/{part}"),
        code=DIGESTS["code/invert_mlps"],
    message:
        "Invert: {wildcards.inversion}, layers and seed {wildcards.part}"
    shell:
        f"{STEP}.invert_mlps --plan {{input.plan}} {DEVICE} --inversions {{output.inversions}}"
        " --conditions {output.conditions} --directions {output.directions} --log {log}"


rule merge_inversions:
    input:
        parts=lambda w: files_of_inversions(w.table),
        networks=plan("inversions", {n: sorted(INVERSIONS[n]) for n in INVERSIONS}),
        code=code("merge_tables"),
    output:
        f"{R}/tables/{{table}}.parquet",
    log:
        f"{R}/logs/tables/{{table}}.log",
    wildcard_constraints:
        table="|".join(INVERSION_TABLES),
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/merge_tables"],
    message:
        "Table of {wildcards.table}"
    shell:
        f"{STEP}.merge_tables --table {{wildcards.table}}"
        " --inputs {input.parts} --output {output} --log {log}"


rule tabulate_inversions:
    input:
        inversions=files_of_inversions("inversions"),
        networks=f"{R}/plan/inversions.json",
        code=code("tabulate_inversions"),
    output:
        f"{R}/tables/inversion_summary.parquet",
    log:
        f"{R}/logs/tables/inversion_summary.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_inversions"],
    message:
        "Table of inversions in short"
    shell:
        f"{STEP}.tabulate_inversions --inversions {{input.inversions}}"
        " --output {output} --log {log}"


rule tabulate_examples:
    input:
        code=code("tabulate_examples"),
    output:
        f"{R}/tables/worked_examples.parquet",
    log:
        f"{R}/logs/tables/worked_examples.log",
    conda:
        ENVIRONMENT
    params:
        code=DIGESTS["code/tabulate_examples"],
    message:
        "Table of the worked examples"
    shell:
        f"{STEP}.tabulate_examples --output {{output}} --log {{log}}"


rule draw_inversions:
    input:
        inversions=lambda w: files_of_inversions("inversions", w.inversion),
        conditions=lambda w: files_of_inversions("conditions", w.inversion),
        directions=lambda w: files_of_inversions("directions", w.inversion),
        networks=f"{R}/plan/inversions.json",
        plan=f"{R}/plan/figures/inversions/{{inversion}}.json",
        code=code("draw_inversions"),
    output:
        **{
            figure: report(
                f"{FIGURES}/inversions/{{inversion}}.{figure}.png",
                caption=f"../workflow/report/{figure}.rst",
                category="Fully connected networks",
                labels={"inversion": "{inversion}", "figure": figure},
            )
            for figure in ("histogram", "condition", "geometry")
        },
        pdf=[
            f"{FIGURES}/inversions/{{inversion}}.{figure}.pdf"
            for figure in ("histogram", "condition", "geometry")
        ],
    log:
        f"{R}/logs/figures/inversions/{{inversion}}.log",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/inversions/{inversion}"),
        code=DIGESTS["code/draw_inversions"],
    message:
        "Draw: inversion {wildcards.inversion}"
    shell:
        f"{STEP}.draw_inversions --plan {{input.plan}} --inversions {{input.inversions}}"
        " --conditions {input.conditions} --directions {input.directions}"
        " --histogram {output.histogram} --condition {output.condition}"
        " --geometry {output.geometry} --log {log}"
