"""What follows from what in the small study, as patterns of `Project.planned`; * is anything."""

from fnmatch import fnmatch

from project import Project

IN_SPACE = ["tabulate_space", "draw_space"]
BY_DEPTH = ["tabulate_depth", "draw_depth"]
OF_MERGED = ["merge_network *", "tabulate_merging", "draw_training"]
FROM_TABLES_OF_CLASSES = ["tabulate_classes", "tabulate_factors", "draw_classes"]
FROM_OPPOSITES = [
    "ask_networks opposites",
    "ask_about_crops",
    "draw_sheet opposites",
    *FROM_TABLES_OF_CLASSES,
]
FROM_OPPOSITES += ["tabulate_opposites", "draw_opposites", "tabulate_items", "settle_claims"]
FROM_OPPOSITES += IN_SPACE  # one job writes all tables of classes, so neighbours are anew
FROM_PHOTOS = [
    "measure_reconstructions *",
    "recognise_photos *",
    *BY_DEPTH,
    "tabulate_items",
    "settle_claims",
]
FROM_COMPARED = ["tabulate_comparisons", "draw_comparisons"]
FROM_JUDGES = ["draw_sheet *", *FROM_TABLES_OF_CLASSES, *IN_SPACE, *FROM_COMPARED]
FROM_JUDGES += ["tabulate_opposites", "draw_opposites", "settle_claims"]
FROM_IMAGES = ["ask_networks *", *FROM_JUDGES, *FROM_PHOTOS, *OF_MERGED, "measure_axes"]
FROM_IMAGES += ["compare_images", "ask_about_crops", "measure_pixels"]
OF_RESNET = ["generate_images */resnet18/*", "examine_networks", *FROM_IMAGES]
FROM_CURVES = ["tabulate_mlps", "draw_mlps", "settle_claims"]
FROM_INVERTED = ["tabulate_inversions", "draw_inversions", "settle_claims"]


def stale(finished: Project, patterns: list[str]) -> set[str]:
    """Return the jobs of the study that the patterns mean; each must mean one."""
    found = {p: {job for job in finished.jobs if fnmatch(job, p)} for p in patterns}
    assert all(found.values()), found
    return set().union(*found.values())
