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
    """The networks that judge the pictures of one of them: of its maps, solely others."""
    if (wildcards.image_set, wildcards.network) in MAP_RUNS:
        return network_files(atlas.witnesses(STUDY, wildcards.network))
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
    """Networks and photos of a block, and pictures of others; for tables beside them change too."""
    block = BLOCKS[wildcards.image_set, wildcards.network][wildcards.block]
    photos = photos_of_user(block["photos"].values())
    others = sorted({picture["file"] for picture in block.get("pictures", {}).values()})
    tables = [file.replace(".safetensors", ".items.parquet") for file in others]
    pictures = {"pictures": [ancient(file) for file in others], "item_tables": tables}
    return network_files(networks_of(block)) | {"photos": photos} | pictures


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
    return makers(STUDY, image_set)


def photo_files(wildcards):
    """The photos that a run matches."""
    photos = STUDY.image_sets[wildcards.image_set]["photos"]
    return photos_of_user(STUDY.photos_plan(photos).values())


def photo_runs_of(image_set):
    """The runs of one set of photos."""
    return [run for run in STUDY.photo_runs if run[0] == image_set]


def measured_of(runs):
    """What is measured of the reconstructions of these runs."""
    return [MATCHED.format(image_set=s, network=n) for s, n in runs]


def sheet_files(wildcards):
    """What a sheet of reconstructions shows."""
    runs = depth.sheet_runs(STUDY, wildcards.architecture, wildcards.photo)
    photo = photos_of_user(STUDY.photos_plan([wildcards.photo]).values())
    return pictures_of(runs) | {"measured": measured_of(runs), "photo": photo}


def curve_files(experiment, ending):
    """The files of all curves of an experiment."""
    return [
        MLP.format(experiment=experiment, curve=curve) + f".{ending}"
        for curve in MLPS[experiment]
    ]


def photo_of_curve(wildcards):
    """The photo that a curve descends toward."""
    return photos_of_user([MLPS[wildcards.experiment][wildcards.curve]["photo"]])


def files_of_inversions(table, *names):
    """The files of a table, one for each network; of all inversions, or of these."""
    parts = [(n, p) for n in names or INVERSIONS for p in INVERSIONS[n]]
    return [f"{R}/inversions/{n}/{p}.{table}.parquet" for n, p in parts]


def photos_of_inversion(wildcards):
    """The photo that an inversion starts from."""
    return photos_of_user([INVERSIONS[wildcards.inversion][wildcards.part]["photo"]])


def files_with_maker(wildcards):
    """The network of a run, and its pictures."""
    return network_files([wildcards.network]) | pictures_of_run(wildcards)


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


def pictures_of_blocks(run, blocks):
    """Pictures of some blocks of a run; images ancient, for the tables beside them change too."""
    files = [f"{R}/images/{'/'.join(run)}/{block}" for block in blocks]
    return {
        "images": [ancient(f"{file}.safetensors") for file in files],
        "item_tables": [f"{file}.items.parquet" for file in files],
    }


def files_of_layer(wildcards):
    """Pictures of the maps of one layer."""
    run = (wildcards.image_set, wildcards.network)
    blocks = [
        b for b, value in BLOCKS[run].items() if value["layer"] == wildcards.layer
    ]
    return pictures_of_blocks(run, blocks)


def files_of_compared_features(wildcards):
    """Pictures of a comparison of features: the blocks with those that all columns have."""
    found = atlas.blocks_of(STUDY, wildcards.comparison, BLOCKS)
    parts = [pictures_of_blocks(*of_run) for of_run in found.items()]
    lists = [f"{R}/plan/blocks/{s}/{n}.json" for s, n in found]
    return {
        "images": [file for part in parts for file in part["images"]],
        "item_tables": [file for part in parts for file in part["item_tables"]],
        "blocks": lists,
    }
