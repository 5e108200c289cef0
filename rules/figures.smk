# Figures: sheets of pictures as PNG, plots as PNG and PDF. Their look is in `figures:`.

FIGURES = f"{R}/figures"
CLASS_SETS = dict(STUDY.class_runs)
CLASS_PLOTS = classes.plots_plan(STUDY)
BY_JUDGE = [(n, j) for n in CLASS_PLOTS["networks"] for j in CLASS_PLOTS["judges"]]
OF_CLASSES = ["agreement"] * bool(STUDY.still_runs)
OF_CLASSES += [f"distances/{n}.by.{j}" for n, j in BY_JUDGE]
OF_CLASSES += [f"factors/{name}" for name in CLASS_PLOTS["factors"]]

plan("figures/classes", CLASS_PLOTS)
for name in CLASS_SETS:
    plan(f"figures/sheets/{name}", classes.sheet_plan(STUDY, name))


localrules:
    figures,


use rule step as draw_sheet with:
    input:
        unpack(shown_of_set),
        **decided("draw_sheet", "figures/sheets/{image_set}"),
        predictions=f"{SAID}.predictions.parquet",
    output:
        sheet=told("sheets/{image_set}.png", "sheets", "Pictures", set="{image_set}"),
        traces=told("traces/{image_set}.png", "traces", "Descents", set="{image_set}"),
        pdf=f"{FIGURES}/traces/{{image_set}}.pdf",
    log:
        logged("figures/sheets/{image_set}"),
    params:
        digest=decided_by("draw_sheet", "figures/sheets/{image_set}"),


use rule step as draw_classes with:
    input:
        **decided("draw_classes", "figures/classes"),
        agreement=f"{R}/tables/agreement.parquet",
        distances=ancient(f"{R}/tables/distances.parquet"),
        sha256=f"{R}/tables/neighbours.parquet",
        factors=[f"{R}/tables/factors.parquet"] if WITH_FACTORS else [],
    output:
        shares=[
            told(f"{name}.png", "agreement", "Networks", figure=name)
            for name in OF_CLASSES
            if name == "agreement"
        ],
        heatmaps=[
            told(
                f"distances/{network}.by.{judge}.png",
                *("distances", "Classes in logit space"),
                network=network,
                judge=judge,
            )
            for network, judge in BY_JUDGE
        ],
        dots=pictures_in(
            "factors", CLASS_PLOTS["factors"], "factors", "Factors", set="{name}"
        ),
        pdf=[f"{FIGURES}/{name}.pdf" for name in OF_CLASSES],
    log:
        logged("figures/classes"),
    params:
        digest=decided_by("draw_classes", "figures/classes"),


rule figures:
    input:
        sheets_of(CLASS_SETS),
        rules.draw_classes.output,
