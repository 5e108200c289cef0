# Images: descents, a block of items a job.

BLOCKS = {run: STUDY.blocks(*run) for run in STUDY.runs}
for (image_set, network), blocks in BLOCKS.items():
    plan(f"blocks/{image_set}/{network}", list(blocks))
    for block, value in blocks.items():
        plan(f"images/{image_set}/{network}/{block}", value)
for network in MERGED:
    plan(f"merged/{network}", blocks_of_merged(network, "safetensors"))


localrules:
    class_images,


# A checkpoint is kept beside the output, where a killed job finds it again: it is no output.
use rule computing_step as generate_images with:
    input:
        unpack(inputs_of_block),
        **decided("generate_images", "images/{image_set}/{network}/{block}"),
    output:
        images=f"{BLOCK}.safetensors",
        item_table=f"{BLOCK}.items.parquet",
        trace=f"{BLOCK}.trace.parquet",
    log:
        logged("images/{image_set}/{network}/{block}"),
    params:
        digest=decided_by("generate_images", "images/{image_set}/{network}/{block}"),


rule class_images:
    input:
        made_of(STUDY.class_images),
        sheets_of(dict(STUDY.class_images)),
