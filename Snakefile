"""What do image classifiers know? Run them backwards and measure what comes out.

snakemake                                       the study of config.yaml, all of it
snakemake --configfile workflow/demo.yaml       another study
snakemake class_images                          one of its parts
snakemake -n                                    what would run, and why
"""

# A study is one file: Snakemake would merge two of them key by key.
if "study" not in config:

    configfile: "config.yaml"


include: "workflow/common.smk"
include: "workflow/inputs.smk"
include: "workflow/words.smk"
include: "workflow/steps.smk"
include: "rules/networks.smk"
include: "rules/images.smk"
include: "rules/mlps.smk"
include: "rules/measures.smk"
include: "rules/depth.smk"
include: "rules/comparisons.smk"
include: "rules/figures.smk"
include: "rules/opposites.smk"
include: "rules/space.smk"
include: "rules/animations.smk"
include: "rules/inversions.smk"
include: "rules/feature_maps.smk"
include: "rules/features.smk"
include: "rules/claims.smk"


# All that a study makes, before the pages that show it.
FINISHED = [
    file
    for files in (
        rules.networks.input,
        rules.merging.input,
        rules.class_images.input,
        rules.opposites.input,
        rules.reconstructions.input,
        rules.comparisons.input,
        rules.mlps.input,
        rules.tables.input,
        rules.figures.input,
        rules.space.input,
        rules.animations.input,
        rules.inversions.input,
        rules.feature_maps.input,
        rules.features.input,
        rules.claims.input,
    )
    for file in files
]


include: "rules/atlas.smk"


check_outputs()


onsuccess:
    print(f"Done: pages, figures and tables are in {R}", file=sys.stderr)


rule all:
    default_target: True
    input:
        FINISHED,
        rules.atlas.input,
