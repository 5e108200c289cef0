# What a step is told, by words of its command line; what decides it; how its figures are reported.

# Of the files of a rule, those that its step is not told: what only decides whether the job is
# stale, what its plan names, and what is written beside a file that it is told.
UNTOLD = {"sources", "runs", "blocks", "named", "about", "sha256", "pdf", "gif"}
# Of what the jobs come first, by wildcard.
FIRST = classes.needed_first(STUDY)


def words(wildcards, input, output):
    """Return the name of a step and what it is told, each word quoted for the shell."""
    told = [Path(input.sources).name.partition(".")[0]]
    for name, files in [*input.items(), *output.items()]:
        if name not in UNTOLD:
            told.append(f"--{name.replace('_', '-')}")
            told += [files] if isinstance(files, str) else files
    return shlex.join(told)


def source_words(wildcards, output):
    """Return the words that name a download's source; where it is fetched decides no result."""
    source = {
        **sources.download_source(DOWNLOADS[wildcards.weights]),
        "mirror": STUDY.config["mirror"],
        "file": output.file,
    }
    told = [
        word for key, value in source.items() if value for word in (f"--{key}", value)
    ]
    return shlex.join(["download_weights", *told])


def decided(step, plan=None, runs=()):
    """Return the inputs that decide a step beside its data: its code, its plan, lists of runs."""
    planned = {"plan": key_files(plan)} if plan else {}
    listed = {"runs": key_files(*runs)} if runs else {}
    return {**planned, **listed, "sources": code(step)}


def key_files(*names):
    """Return a function of wildcards, which are in names of plans, that returns the files."""
    return lambda wildcards: [KEYS.file(name.format(**wildcards)) for name in names]


def decided_by(step, plan=None, runs=()):
    """Return a parameter: one digest of all that `decided` returns files of."""
    names = [f"code/{step}", *([plan] if plan else []), *runs]
    return lambda wildcards: digest(
        [or_end(KEYS.digest, name.format(**wildcards)) for name in names]
    )


def first(wildcards):
    """Return the priority of a job: class images come first, so that there soon is a picture."""
    by = "image_set" if "image_set" in wildcards.keys() else "network"
    return FIRST[by].get(wildcards.get(by), 0)


def logged(name):
    return f"{R}/logs/{name}.log"


# Of each figure what is said of it, by its name; of what has wildcards, once for all.
TOLD = {}
# Pictures and films, which the report leaves to the atlas: a hundred megabytes open in no browser.
ALBUMS = ("animations", "class_to_opposite", "comparisons", "depth/reconstructions")
ALBUMS += ("feature_maps/comparisons", "feature_maps/maps", "features", "mlps/pictures")
ALBUMS += ("sheets",)


def told(name, caption, category, **labels):
    """Return a figure, of which the atlas, and of plots the report too, says the caption."""
    text = Path(workflow.basedir, "workflow/report", f"{caption}.rst")
    TOLD[name] = {"caption": text, "category": category, "labels": labels}
    file = f"{R}/figures/{name}"
    if name.startswith(ALBUMS):
        return file
    return report(file, caption=str(text), category=category, labels=labels)


def figures_told(files):
    """What pages say of each of these files that is a figure."""
    files = set(files)
    for name, about in TOLD.items():
        for image_set in dict(STUDY.class_runs) if "{image_set}" in name else [""]:
            file = f"{R}/figures/{name}".replace("{image_set}", image_set)
            if file in files:
                yield atlas.figure(file, image_set, **about)


def pictures_in(folder, names, caption, category, **labels):
    """Return the PNGs of a folder, one a name; a label may say {name}."""
    return [
        told(
            f"{folder}/{name}.png",
            caption,
            category,
            **{label: text.format(name=name) for label, text in labels.items()},
        )
        for name in names
    ]


def plot(name, caption, category, **labels):
    """Return the outputs of a step that draws one plot: a PNG, and the PDF beside it."""
    figure = told(f"{name}.png", caption, category, **labels)
    return {"figure": figure, "pdf": f"{R}/figures/{name}.pdf"}


def told_each(pattern, keys, caption, category, **labels):
    """Return a figure for each of some tuples; {0} in pattern and labels is its first part."""
    return [
        told(
            pattern.format(*key),
            caption,
            category,
            **{label: text.format(*key) for label, text in labels.items()},
        )
        for key in keys
    ]


def pdfs(*figures):
    """Return the PDFs beside plots."""
    return [f"{figure.removesuffix('.png')}.pdf" for figure in figures]


def only(files, *names):
    return {name: files[name] for name in names}
