# Images: descents, a block of items a job. `class_images` is an image set by name.

BLOCKS = {run: STUDY.blocks(*run) for run in STUDY.runs}
for (image_set, network), blocks in BLOCKS.items():
    plan(f"blocks/{image_set}/{network}", list(blocks))
    for block, value in blocks.items():
        plan(f"images/{image_set}/{network}/{block}", value)


localrules:
    class_images,


rule class_images:
    input:
        [
            f"{R}/figures/{kind}/{s}.png"
            for s in dict(classes.class_images(STUDY))
            for kind in ("sheets", "traces")
        ],


rule generate_images:
    input:
        unpack(inputs_of_block),
        plan=f"{R}/plan/images/{{image_set}}/{{network}}/{{block}}.json",
        code=code("generate_images"),
    output:
        images=f"{BLOCK}.safetensors",
        item_table=f"{BLOCK}.items.parquet",
        trace=f"{BLOCK}.trace.parquet",
    log:
        f"{R}/logs/images/{{image_set}}/{{network}}/{{block}}.log",
    priority: first
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("images/{image_set}/{network}/{block}"),
        code=DIGESTS["code/generate_images"],
    message:
        "Descend: {wildcards.image_set} of {wildcards.network}, block {wildcards.block}"
    shell:
        f"{STEP}.generate_images --plan {{input.plan}} --networks {{input.networks}}"
        f" {DEVICE} --batch {STUDY.config['batch']}"
        " --images {output.images} --items {output.item_table} --trace {output.trace} --log {log}"
