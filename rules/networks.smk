# Networks: each, wherever its weights come from, becomes results/STUDY/networks/NAME.safetensors.

for network in STUDY.networks:
    plan(f"networks/{network}", STUDY.network_plan(network))
NETWORK = {
    "network": f"{R}/networks/{{network}}.safetensors",
    "about": f"{R}/networks/{{network}}.json",
}
HISTORY = f"{R}/networks/{{network}}.training.parquet"
TRAINED = [n for n, entry in STUDY.networks.items() if sources.is_trained(entry)]
MERGED = [n for n, entry in STUDY.networks.items() if sources.is_merged(entry)]
MEMORISING = [n for n in TRAINED if sources.learns_noise(STUDY.networks[n])]
DOWNLOADS = {
    sources.download_name(entry): entry
    for entry in STUDY.networks.values()
    if sources.is_downloaded(entry)
}
plan("trained", sorted(TRAINED + MERGED))
plan("merged", sorted(MERGED))


localrules:
    networks,
    merging,
    download_weights,


onstart:
    begin(workflow.dag.needrun_jobs())
    check_device()
    check_downloads(workflow.dag.needrun_jobs())


# update(): weights that somebody put there by hand, or another study, are verified, not deleted.
use rule step as download_weights with:
    output:
        file=update("results/weights/{weights}.pth"),
        sha256=update("results/weights/{weights}.pth.sha256"),
    log:
        "results/weights/{weights}.log",
    wildcard_constraints:
        weights=one_of(DOWNLOADS),
    params:
        words=source_words,
        digest=lambda wildcards: digest(
            sources.download_source(DOWNLOADS[wildcards.weights])
        ),


use rule step as build_network with:
    input:
        unpack(weights_of),
        **decided("build_network", "networks/{network}"),
    output:
        **NETWORK,
    log:
        logged("networks/{network}"),
    wildcard_constraints:
        network=one_of(set(STUDY.networks) - {*TRAINED, *MERGED}),
    params:
        digest=decided_by("build_network", "networks/{network}"),


use rule computing_step as train_network with:
    input:
        **decided("train_network", "networks/{network}"),
    output:
        **NETWORK,
        history=HISTORY,
    log:
        logged("networks/{network}"),
    wildcard_constraints:
        network=one_of(set(TRAINED) - set(MEMORISING)),
    params:
        digest=decided_by("train_network", "networks/{network}"),


# A checkpoint is kept beside the output, where a killed job finds it again: it is no output.
use rule computing_step as memorise_noise with:
    input:
        **decided("memorise_noise", "networks/{network}"),
    output:
        **NETWORK,
        history=HISTORY,
    log:
        logged("networks/{network}"),
    wildcard_constraints:
        network=one_of(MEMORISING),
    params:
        digest=decided_by("memorise_noise", "networks/{network}"),


# A checkpoint is kept as above. The list of blocks tells which are taken away.
use rule computing_step as merge_network with:
    input:
        unpack(parts_of_merged),
        **decided("merge_network", "networks/{network}", runs=["merged/{network}"]),
    output:
        **NETWORK,
        history=HISTORY,
        measured=f"{R}/networks/{{network}}.merging.parquet",
    log:
        logged("networks/{network}"),
    wildcard_constraints:
        network=one_of(MERGED),
    params:
        digest=decided_by(
            "merge_network", "networks/{network}", runs=["merged/{network}"]
        ),


use rule step as tabulate_merging with:
    input:
        **decided("tabulate_merging", runs=["merged"]),
        measured=expand(f"{R}/networks/{{network}}.merging.parquet", network=MERGED),
    output:
        merging=f"{R}/tables/merging.parquet",
    log:
        logged("tables/merging"),
    params:
        digest=decided_by("tabulate_merging", runs=["merged"]),


use rule step as draw_training with:
    input:
        **decided("draw_training", runs=["trained"]),
        histories=expand(HISTORY, network=TRAINED + MERGED),
    output:
        **plot("training", "training", "Networks", figure="training"),
    log:
        logged("figures/training"),
    params:
        digest=decided_by("draw_training", runs=["trained"]),


rule networks:
    input:
        expand([*NETWORK.values()], network=STUDY.networks),
        expand(HISTORY, network=TRAINED + MERGED),
        expand(f"{R}/networks/{{network}}.merging.parquet", network=MERGED),
        rules.draw_training.output if TRAINED or MERGED else [],


rule merging:
    input:
        rules.tabulate_merging.output if MERGED else [],
