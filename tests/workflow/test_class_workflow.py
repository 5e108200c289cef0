"""Pictures of classes: those of single classes come first, and a study may have none of these."""

FIRST = {"generate_images", "ask_networks", "draw_sheet"}


def test_class_images_end_with_a_picture_before_all_others(fresh, tmp_path):
    project = fresh.copy(tmp_path / "project")
    made = {*project.planned("class_images")} - {"class_images"}
    networks = ("build_network", "train_network")
    images = {job for job in made if not job.startswith(networks)}
    assert {job.partition(" ")[0] for job in images} == FIRST
    assert all(job.partition(" ")[2].startswith("class_images") for job in images)
    assert "draw_sheet class_images" in images

    jobs = [job for job in project.run("-n") if job["rule"] in FIRST]
    urgent = [job["wildcards"]["image_set"] for job in jobs if job["priority"]]
    assert set(urgent) == {"class_images"}
    assert len(urgent) == len(images)


def test_a_study_of_classes_may_have_no_class_images(fresh, tmp_path):
    project = fresh.copy(tmp_path / "project")

    def leave_out(config):
        config["image_sets"] = [s for s in config["image_sets"] if s["name"] != "class_images"]
        config["networks"] = [n for n in config["networks"] if "merged" not in n["weights"]]
        config |= {"comparisons": [], "spaces": []}

    project.configure(leave_out)
    jobs = set(project.planned("tables", "figures"))
    assert {"tabulate_classes", "tabulate_factors", "draw_classes"} <= jobs
    assert not {job for job in jobs if "class_images" in job}


def test_the_report_is_light_and_has_the_plots_by_family(project):
    """Pictures and films are the atlas's: with them it was of a hundred megabytes."""
    project.run("--report", "report.html")
    page = project.path("report.html").read_text()
    assert len(page) < 20e6
    for category in ("Descents", "Representation by depth", "Opposites"):
        assert category in page
    assert '"results/small/figures/depth/distances.png"' in page
    assert "image/gif" not in page
    assert "video/mp4" not in page
