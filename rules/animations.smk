# Animations (I2, J1, J2): the frames of a target as films, as a strip, and its logits as curves.

from preimage.study import animations

ANIMATED = animations.figure_plan(STUDY)
WITH_FRAMES = animations.runs(STUDY)
plan("figures/animations", ANIMATED)


# One file an animation, in the order of the plan.
animated = lambda ending, caption, figure: [
    told(
        f"animations/{a['set']}/{a['network']}/{a['item']}{ending}",
        *(caption, "Animations"),
        set=a["set"],
        network=a["network"],
        figure=figure.format(**a),
    )
    for a in ANIMATED["animations"]
]
GIFS = animated(".gif", "animation", "{item}")
CURVES = animated(".logits.png", "logit_curves", "{item}, logits")


localrules:
    animations,


use rule step as draw_animations with:
    input:
        **pictures_of(WITH_FRAMES),
        **decided("draw_animations", "figures/animations"),
        predictions=measured_runs("predictions", WITH_FRAMES),
        logits=[ancient(file) for file in measured_runs("logits", WITH_FRAMES)],
    output:
        films=[f"{gif.removesuffix('.gif')}.mp4" for gif in GIFS],
        gif=GIFS,
        strips=animated(".png", "animation", "{item}, a strip"),
        curves=CURVES,
        pdf=pdfs(*CURVES),
    log:
        logged("figures/animations"),
    params:
        digest=decided_by("draw_animations", "figures/animations"),


rule animations:
    input:
        rules.draw_animations.output if WITH_FRAMES else [],
