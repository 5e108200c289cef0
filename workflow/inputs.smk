# The inputs of rules that depend on wildcards, by families of rules.


def weights_of(wildcards):
    """The file of weights that a network is built from; ancient, for the plan has its digest."""
    entry = STUDY.networks[wildcards.network]
    if sources.is_downloaded(entry):
        file = f"results/weights/{sources.download_name(entry)}.pth"
        return {"weights": ancient(file), "sha256": f"{file}.sha256"}
    file = sources.weights_file(entry)
    return {"weights": ancient(file)} if file else {}


def network_files(names):
    """Networks, ancient, for the description beside each has the digest of its content."""
    return {
        "networks": [ancient(f"{R}/networks/{name}.safetensors") for name in names],
        "about": [f"{R}/networks/{name}.json" for name in names],
    }


def blocks_of_merged(network, ending):
    """The files of the blocks whose pictures a merged network learns from."""
    images = STUDY.networks[network]["weights"]["merged"]["images"]
    run = (images["set"], images["network"])
    blocks = merging.learnt_blocks(BLOCKS[run], images.get("classes"))
    return [f"{R}/images/{'/'.join(run)}/{block}.{ending}" for block in blocks]


def parts_of_merged(wildcards):
    """What a merged network is made of; images ancient, for the tables beside them change too."""
    merged = STUDY.networks[wildcards.network]["weights"]["merged"]
    images = blocks_of_merged(wildcards.network, "safetensors")
    pictures = {
        "images": [ancient(file) for file in images],
        "item_tables": blocks_of_merged(wildcards.network, "items.parquet"),
    }
    return network_files([merged["network"], merged["toward"]]) | pictures


def photos_of_user(photos):
    """Files of photos that do not come with a package; ancient, for plans have their digests."""
    return [ancient(photo["file"]) for photo in photos if "file" in photo]


def inputs_of_block(wildcards):
    """Networks of a block, and the files that its plan names: photos, pictures of other blocks.

    These pictures are ancient, for the item tables beside them change too.
    """
    block = BLOCKS[wildcards.image_set, wildcards.network][wildcards.block]
    others = sorted({picture["file"] for picture in block.get("pictures", {}).values()})
    tables = [file.replace(".safetensors", ".items.parquet") for file in others]
    photos = photos_of_user(block["photos"].values())
    networks = STUDY.networks_of(wildcards.image_set, wildcards.network)
    named = [*photos, *(ancient(file) for file in others), *tables]
    return network_files(networks) | {"named": named}


def files_of(image_set, network, ending):
    """The files of all blocks of a run."""
    blocks = BLOCKS.get((image_set, network), {})
    return [f"{R}/images/{image_set}/{network}/{block}.{ending}" for block in blocks]


def files_of_runs(ending, runs):
    """The files of all blocks of these runs."""
    return [f for run in runs for f in files_of(*run, ending)]


def made_of(runs):
    """All that is made of runs: pictures, their items, and traces of their descents."""
    endings = ("safetensors", "items.parquet", "trace.parquet")
    return [file for ending in endings for file in files_of_runs(ending, runs)]


def sheets_of(image_sets):
    """All that is drawn of the pictures and descents of image sets."""
    names = ("sheets/{}.png", "traces/{}.png", "traces/{}.pdf")
    return [f"{R}/figures/{name.format(one)}" for one in image_sets for name in names]


def pictures_of(runs):
    """Pictures of runs; images ancient, for the item tables beside them change too."""
    return {
        "images": [ancient(file) for file in files_of_runs("safetensors", runs)],
        "item_tables": files_of_runs("items.parquet", runs),
        "blocks": [KEYS.file(f"blocks/{s}/{n}") for s, n in runs],
    }


def asked_of_set(wildcards):
    """The pictures of a set, and all networks that judge some of them."""
    runs = classes.runs_of(STUDY, wildcards.image_set)
    judges = dict.fromkeys(j for _, n in runs for j in STUDY.judges_of(n))
    return network_files(judges) | pictures_of(runs)


def shown_of_set(wildcards):
    """The pictures of a set and their traces; ancient, for the item tables change too."""
    runs = classes.runs_of(STUDY, wildcards.image_set)
    traces = files_of_runs("trace.parquet", runs)
    return pictures_of(runs) | {"trace_tables": [ancient(file) for file in traces]}


def measured(table, *image_sets):
    """What the networks said, a table for each set; of all sets of classes, or of these.

    Logits are ancient, for the predictions beside them change too.
    """
    made = dict.fromkeys(s for s, _ in STUDY.class_runs)
    files = [
        f"{R}/measures/{name}.{table}.parquet"
        for name in made
        if not image_sets or name in image_sets
    ]
    return [ancient(file) for file in files] if table == "logits" else files


def measured_runs(table, runs):
    """What the networks said of the sets of these runs, and so of their other runs as well."""
    return measured(table, *(s for s, _ in runs)) if runs else []


def measured_of(runs):
    """What is measured of the reconstructions of the image sets of these runs."""
    sets = dict.fromkeys(image_set for image_set, _ in runs)
    return [MATCHED.format(image_set=image_set) for image_set in sets]


def descents_of(runs):
    """Pictures and traces of runs of photos."""
    traces = files_of_runs("trace.parquet", runs)
    return pictures_of(runs) | {"traces": [ancient(file) for file in traces]}


def reconstructions_of(wildcards):
    """What was made of a set of photos: pictures, traces, networks, and the user's photos."""
    runs = [run for run in STUDY.photo_runs if run[0] == wildcards.image_set]
    photos = depth.measures_plan(STUDY, wildcards.image_set)["photos"].values()
    made = descents_of(runs) | network_files([network for _, network in runs])
    return made | {"named": photos_of_user(photos)}


def recognised_of(wildcards):
    """What was made of a set of photos, the judges, and the user's photos."""
    runs = [run for run in STUDY.photo_runs if run[0] == wildcards.image_set]
    photos = depth.recognition_plan(STUDY, wildcards.image_set)["photos"].values()
    made = pictures_of(runs) | network_files(depth.judges(STUDY))
    return made | {"named": photos_of_user(photos)}


def recognised_sets():
    """What judges say of all sets of photos; nothing where there are no judges."""
    sets = PHOTO_SETS if PHOTO_JUDGES else []
    return [RECOGNISED.format(image_set=image_set) for image_set in sets]


def pictures_of_blocks(parts):
    """Pictures of some blocks of runs; images ancient, for the tables beside them change too."""
    files = [
        f"{R}/images/{s}/{n}/{block}" for (s, n), own in parts.items() for block in own
    ]
    return {
        "images": [ancient(f"{file}.safetensors") for file in files],
        "item_tables": [f"{file}.items.parquet" for file in files],
        "blocks": [KEYS.file(f"blocks/{s}/{n}") for s, n in parts],
    }


def tables_among(known, *same, **names):
    """Tables by what a step calls them; none for one that the study has nothing for."""
    return {
        name: [f"{R}/tables/{table}.parquet"] * (table in known)
        for name, table in (dict(zip(same, same)) | names).items()
    }
