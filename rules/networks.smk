# Networks: every one, wherever its weights come from, becomes results/STUDY/networks/NAME.safetensors.

PLAN_OF_NETWORK = {n: plan(f"networks/{n}", STUDY.network_plan(n)) for n in STUDY.networks}
TRAINED = [n for n, entry in STUDY.networks.items() if is_trained(entry)]
DOWNLOADS = {download_name(e): e for e in STUDY.networks.values() if is_downloaded(e)}
MIRROR = f"--mirror {STUDY.config['mirror']}" if STUDY.config["mirror"] else ""
NETWORKS = expand(f"{R}/networks/{{network}}.safetensors", network=STUDY.networks)
ABOUT_NETWORKS = expand(f"{R}/networks/{{network}}.json", network=STUDY.networks)


def weights_of(wildcards):
    """The file of weights that a network is built from; ancient, for the plan has its digest."""
    entry = STUDY.networks[wildcards.network]
    if is_downloaded(entry):
        file = f"results/weights/{download_name(entry)}.pth"
        return {"weights": ancient(file), "sha256": f"{file}.sha256"}
    file = weights_file(entry)
    return {"weights": ancient(file)} if file else {}


def check_downloads():
    """Off line is an error before the first job, not in the middle of the study."""
    jobs = [job for job in workflow.dag.needrun_jobs() if job.rule.name == "download_weights"]
    wanted = {Path(job.output.weights): source(DOWNLOADS[job.wildcards.weights]) for job in jobs}
    try:
        check_reachable(wanted, mirror=STUDY.config["mirror"])
    except UserError as error:
        raise WorkflowError(str(error)) from None


def source(entry):
    if isinstance(entry["weights"], str):
        return torchvision_source(entry["architecture"], entry["weights"])
    return Source(entry["weights"]["url"], entry["weights"]["sha256"])


rule networks:
    input:
        NETWORKS,


# update(): weights that somebody put there by hand are verified, not deleted.
rule download_weights:
    output:
        weights=update("results/weights/{weights}.pth"),
        sha256="results/weights/{weights}.pth.sha256",
    log:
        "results/weights/{weights}.log",
    wildcard_constraints:
        weights="|".join(DOWNLOADS) or "none",
    params:
        source=lambda wildcards: download_arguments(DOWNLOADS[wildcards.weights]),
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
        network="|".join(set(STUDY.networks) - set(TRAINED)) or "none",
    params:
        plan=lambda wildcards: DIGESTS[PLAN_OF_NETWORK[wildcards.network]],
        code=DIGESTS[code("build_network")],
        weights=lambda wildcards, input: f"--weights {input.weights}" if "sha256" in input.keys() else "",
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
        network="|".join(TRAINED) or "none",
    threads: STUDY.config["threads"]
    resources:
        **ON_DEVICE,
    params:
        plan=lambda wildcards: DIGESTS[PLAN_OF_NETWORK[wildcards.network]],
        code=DIGESTS[code("train_network")],
    message:
        "Train network {wildcards.network}"
    shell:
        f"{STEP}.train_network --plan {{input.plan}} --device {STUDY.config['device']}"
        " --threads {threads} --output {output.network} --history {output.history} --log {log}"


localrules:
    networks,
    download_weights,


onstart:
    check_downloads()
