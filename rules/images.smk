# Images: descents, a block of items a job. `class_images`, `opposites` are the study's own words.

BLOCKS = {run: STUDY.blocks(*run) for run in STUDY.runs}
PLAN_OF_BLOCK = {
    (*run, block): plan(f"images/{'/'.join(run)}/{block}", value)
    for run, blocks in BLOCKS.items()
    for block, value in blocks.items()
}
BLOCK = f"{R}/images/{{image_set}}/{{network}}/{{block}}"


def files_of(image_set, network, ending):
    """The files of all blocks of a run."""
    blocks = BLOCKS[image_set, network]
    return [f"{R}/images/{image_set}/{network}/{block}.{ending}" for block in blocks]


def items_of(image_set):
    """The item tables of all networks that generate an image set."""
    return [f for s, network in STUDY.runs if s == image_set for f in files_of(s, network, "items.parquet")]


def plan_of(wildcards):
    return BLOCKS[wildcards.image_set, wildcards.network][wildcards.block]


def inputs_of(wildcards):
    """Networks and photos of a block; ancient, for description and plan have their digests."""
    names = networks_of(plan_of(wildcards))
    return {
        "networks": [ancient(f"{R}/networks/{n}.safetensors") for n in names],
        "about": [f"{R}/networks/{n}.json" for n in names],
        "photos": [ancient(photo["file"]) for photo in plan_of(wildcards)["photos"].values()],
    }


rule class_images:
    input:
        items_of("class_images"),


rule opposites:
    input:
        items_of("opposites"),


rule generate_images:
    input:
        unpack(inputs_of),
        plan=f"{R}/plan/images/{{image_set}}/{{network}}/{{block}}.json",
        code=code("generate_images"),
    output:
        images=f"{BLOCK}.safetensors",
        item_table=f"{BLOCK}.items.parquet",
        trace=f"{BLOCK}.trace.parquet",
    log:
        f"{R}/logs/images/{{image_set}}/{{network}}/{{block}}.log",
    threads: STUDY.config["threads"]
    resources:
        **ON_DEVICE,
    params:
        plan=lambda w: DIGESTS[PLAN_OF_BLOCK[w.image_set, w.network, w.block]],
        code=DIGESTS[code("generate_images")],
    message:
        "Descend: {wildcards.image_set} of {wildcards.network}, block {wildcards.block}"
    shell:
        f"{STEP}.generate_images --plan {{input.plan}} --networks {{input.networks}}"
        f" --device {STUDY.config['device']} --batch {STUDY.config['batch']} --threads {{threads}}"
        " --images {output.images} --items {output.item_table} --trace {output.trace} --log {log}"
