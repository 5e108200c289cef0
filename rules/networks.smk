# Networks: each, wherever its weights come from, becomes results/STUDY/networks/NAME.safetensors.

for network in STUDY.networks:
    plan(f"networks/{network}", STUDY.network_plan(network))
TRAINED = [n for n, entry in STUDY.networks.items() if sources.is_trained(entry)]
MERGED = [n for n, entry in STUDY.networks.items() if sources.is_merged(entry)]
MEMORISING = [n for n in TRAINED if sources.learns_noise(STUDY.networks[n])]
DOWNLOADS = {
    sources.download_name(entry): entry
    for entry in STUDY.networks.values()
    if sources.is_downloaded(entry)
}
MIRROR = f"--mirror {STUDY.config['mirror']}" if STUDY.config["mirror"] else ""


localrules:
    networks,
    download_weights,


onstart:
    check_device()
    check_downloads(workflow.dag.needrun_jobs())


rule networks:
    input:
        expand(f"{R}/networks/{{network}}.safetensors", network=STUDY.networks),


# update(): weights that somebody put there by hand are verified, not deleted.
rule download_weights:
    output:
        weights=update("results/weights/{weights}.pth"),
        sha256="results/weights/{weights}.pth.sha256",
    log:
        "results/weights/{weights}.log",
    wildcard_constraints:
        weights="|".join(DOWNLOADS) or "none",
    conda:
        ENVIRONMENT
    params:
        source=lambda wildcards: sources.download_arguments(
            DOWNLOADS[wildcards.weights]
        ),
    message:
        "Download weights {wildcards.weights}"
    shell:
        f"{STEP}.download_weights {{params.source}} {MIRROR}"
        " --output {output.weights} --log {log}"


rule build_network:
    input:
        unpack(weights_of),
        plan=f"{R}/plan/networks/{{network}}.json",
        code=code("build_network"),
    output:
        network=f"{R}/networks/{{network}}.safetensors",
        about=f"{R}/networks/{{network}}.json",
    log:
        f"{R}/logs/networks/{{network}}.log",
    wildcard_constraints:
        network="|".join(set(STUDY.networks) - {*TRAINED, *MERGED}) or "none",
    conda:
        ENVIRONMENT
    params:
        plan=planned("networks/{network}"),
        code=DIGESTS["code/build_network"],
        weights=lambda wildcards, input: (
            f"--weights {input.weights}" if "sha256" in input.keys() else ""
        ),
    message:
        "Build network {wildcards.network}"
    shell:
        f"{STEP}.build_network --plan {{input.plan}} {{params.weights}}"
        " --output {output.network} --log {log}"


rule train_network:
    input:
        plan=f"{R}/plan/networks/{{network}}.json",
        code=code("train_network"),
    output:
        network=f"{R}/networks/{{network}}.safetensors",
        about=f"{R}/networks/{{network}}.json",
        history=f"{R}/networks/{{network}}.training.parquet",
    log:
        f"{R}/logs/networks/{{network}}.log",
    wildcard_constraints:
        network="|".join(set(TRAINED) - set(MEMORISING)) or "none",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("networks/{network}"),
        code=DIGESTS["code/train_network"],
    message:
        "Train network {wildcards.network}"
    shell:
        f"{STEP}.train_network --plan {{input.plan}} {DEVICE}"
        " --output {output.network} --history {output.history} --log {log}"


# A checkpoint is kept beside the output, where a killed job finds it again: it is no output.
rule memorise_noise:
    input:
        plan=f"{R}/plan/networks/{{network}}.json",
        code=code("memorise_noise"),
    output:
        network=f"{R}/networks/{{network}}.safetensors",
        about=f"{R}/networks/{{network}}.json",
        history=f"{R}/networks/{{network}}.training.parquet",
    log:
        f"{R}/logs/networks/{{network}}.log",
    wildcard_constraints:
        network="|".join(MEMORISING) or "none",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("networks/{network}"),
        code=DIGESTS["code/memorise_noise"],
    message:
        "Train network {wildcards.network} on noise"
    shell:
        f"{STEP}.memorise_noise --plan {{input.plan}} {DEVICE}"
        " --output {output.network} --history {output.history} --log {log}"


# A checkpoint is kept as above. The plan of blocks tells which are taken away.
rule merge_network:
    input:
        unpack(parts_of_merged),
        blocks=f"{R}/plan/merged/{{network}}.json",
        plan=f"{R}/plan/networks/{{network}}.json",
        code=code("merge_network"),
    output:
        network=f"{R}/networks/{{network}}.safetensors",
        about=f"{R}/networks/{{network}}.json",
        history=f"{R}/networks/{{network}}.training.parquet",
        measured=f"{R}/networks/{{network}}.merging.parquet",
    log:
        f"{R}/logs/networks/{{network}}.log",
    wildcard_constraints:
        network="|".join(MERGED) or "none",
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
    params:
        plan=planned("networks/{network}"),
        blocks=planned("merged/{network}"),
        code=DIGESTS["code/merge_network"],
    message:
        "Merge network {wildcards.network}"
    shell:
        f"{STEP}.merge_network --plan {{input.plan}} --networks {{input.networks}}"
        f" --images {{input.images}} --items {{input.item_tables}} {DEVICE}"
        " --output {output.network} --history {output.history} --measured {output.measured}"
        " --log {log}"
