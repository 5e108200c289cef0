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


def judges_of(wildcards):
    """The networks that judge the pictures of one of them."""
    return network_files(STUDY.judges_of(wildcards.network))


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


def pictures_of(runs):
    """Pictures of runs; images ancient, for the item tables beside them change too."""
    return {
        "images": [ancient(file) for file in files_of_runs("safetensors", runs)],
        "item_tables": files_of_runs("items.parquet", runs),
        "blocks": [f"{R}/plan/blocks/{s}/{n}.json" for s, n in runs],
    }


def pictures_of_run(wildcards):
    """Pictures of a run."""
    return pictures_of([(wildcards.image_set, wildcards.network)])


def measured_runs(table, runs):
    """What the networks said of these runs, a table for each."""
    return [f"{R}/measures/{'/'.join(run)}.{table}.parquet" for run in runs]


def measured(table, *image_sets):
    """What the networks said, a table for each run; of all sets of classes, or of these."""
    runs = [run for run in STUDY.class_runs if not image_sets or run[0] in image_sets]
    return measured_runs(table, runs)


def generators_of(image_set):
    """The networks that generate an image set; none where the study has no such set."""
    return [network for name, network in STUDY.still_runs if name == image_set]


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


def files_of_space(wildcards):
    """The network whose feature maps make a space, and its pictures."""
    judge = SPACES[wildcards.space]["judge"]
    return network_files([judge]) | pictures_of_space(wildcards)


def pictures_of_space(wildcards):
    """The pictures of a space of feature maps."""
    space = SPACES[wildcards.space]
    return pictures_of([(space["set"], space["network"])])


def pictures_of_maker(wildcards):
    """The class images of a network."""
    return pictures_of([("class_images", wildcards.network)])


def files_of_columns(wildcards):
    """Pictures of a comparison."""
    return pictures_of(comparisons.runs_of(STUDY, wildcards.comparison))


def pictures_of_blocks(parts):
    """Pictures of some blocks of runs; images ancient, for the tables beside them change too."""
    files = [
        f"{R}/images/{s}/{n}/{block}" for (s, n), own in parts.items() for block in own
    ]
    return {
        "images": [ancient(f"{file}.safetensors") for file in files],
        "item_tables": [f"{file}.items.parquet" for file in files],
        "blocks": [f"{R}/plan/blocks/{s}/{n}.json" for s, n in parts],
    }


def tables_among(known, *same, **names):
    """Tables by what a step calls them; none for one that the study has nothing for."""
    return {
        name: [f"{R}/tables/{table}.parquet"] * (table in known)
        for name, table in (dict(zip(same, same)) | names).items()
    }
