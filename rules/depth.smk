# Representation by depth: what each layer of a network holds of a photo (codes C, D, F3, G, H).

BY_DEPTH = "Representation by depth"
MATCHED = f"{R}/measures/{{image_set}}.reconstructions.parquet"
PHOTO_SETS = depth.sets(STUDY)
SHEETS = depth.shown(STUDY)
DEPTH_TABLES = {
    "reconstructions": f"{R}/tables/reconstructions.parquet",
    "depth": f"{R}/tables/depth.parquet",
}
plan("figures/depth", depth.figure_plan(STUDY))
plan("runs/photos", PHOTO_SETS)
for image_set in PHOTO_SETS:
    plan(f"measures/{image_set}", depth.measures_plan(STUDY, image_set))


PHOTO_JUDGES = depth.judges(STUDY) if PHOTO_SETS else []
RECOGNISED = f"{R}/measures/{{image_set}}.recognised.parquet"
NETWORK_FACTS = f"{R}/tables/network_facts.parquet"
# Of networks that are the same in every study that has some trained on noise.
LEARNT_LABELS = (
    {"labels": f"{R}/tables/learnt_labels.parquet"} if depth.has_noise(STUDY) else {}
)
for image_set in PHOTO_SETS:
    plan(f"recognition/{image_set}", depth.recognition_plan(STUDY, image_set))
plan("facts", depth.facts_plan(STUDY))


localrules:
    reconstructions,


use rule computing_step as measure_reconstructions with:
    input:
        unpack(reconstructions_of),
        **decided("measure_reconstructions", "measures/{image_set}"),
    output:
        reconstructions=MATCHED,
    log:
        logged("measures/{image_set}.reconstructions"),
    params:
        digest=decided_by("measure_reconstructions", "measures/{image_set}"),


use rule computing_step as recognise_photos with:
    input:
        unpack(recognised_of),
        **decided("recognise_photos", "recognition/{image_set}"),
    output:
        recognised=RECOGNISED,
    log:
        logged("measures/{image_set}.recognised"),
    params:
        digest=decided_by("recognise_photos", "recognition/{image_set}"),


use rule computing_step as examine_networks with:
    input:
        **network_files(depth.examined(STUDY)),
        **decided("examine_networks", "facts"),
    output:
        facts=NETWORK_FACTS,
    log:
        logged("tables/network_facts"),
    params:
        digest=decided_by("examine_networks", "facts"),


use rule step as learn_labels with:
    input:
        **decided("learn_labels"),
    output:
        labels=f"{R}/tables/learnt_labels.parquet",
    log:
        logged("tables/learnt_labels"),
    params:
        digest=decided_by("learn_labels"),


use rule step as tabulate_depth with:
    input:
        **decided("tabulate_depth", runs=["runs/photos"]),
        measured=measured_of(STUDY.photo_runs),
    output:
        **DEPTH_TABLES,
    log:
        logged("tables/depth"),
    params:
        digest=decided_by("tabulate_depth", runs=["runs/photos"]),


use rule step as draw_depth with:
    input:
        **descents_of(STUDY.photo_runs),
        **decided("draw_depth", "figures/depth"),
        reconstructions=DEPTH_TABLES["reconstructions"],
        named=photos_of_user(STUDY.photos_plan({p for _, p in SHEETS}).values()),
    output:
        distances=told("depth/distances.png", "depth", BY_DEPTH, figure="distances"),
        gradients=pictures_in(
            "depth/gradients",
            PHOTO_SETS,
            *("gradients", BY_DEPTH),
            figure="gradients of {name}",
        ),
        trajectories=pictures_in(
            "depth/trajectories",
            PHOTO_SETS,
            *("trajectories", BY_DEPTH),
            figure="descents of {name}",
        ),
        sheets=[
            told(
                f"depth/reconstructions/{architecture}.{photo}.png",
                *("reconstructions", BY_DEPTH),
                figure=f"{photo} from layers of {architecture}",
            )
            for architecture, photo in SHEETS
        ],
        pdf=[
            f"{R}/figures/depth/{name}.pdf"
            for name in [
                "distances",
                *[f"gradients/{name}" for name in PHOTO_SETS],
                *[f"trajectories/{name}" for name in PHOTO_SETS],
            ]
        ],
    log:
        logged("figures/depth"),
    params:
        digest=decided_by("draw_depth", "figures/depth"),


rule reconstructions:
    input:
        [
            *DEPTH_TABLES.values(),
            *recognised_sets(),
            NETWORK_FACTS,
            *LEARNT_LABELS.values(),
            *rules.draw_depth.output,
            *made_of(STUDY.photo_runs),
        ]
        if PHOTO_SETS
        else [],
