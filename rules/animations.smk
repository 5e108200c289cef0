# Animations (I2, J1, J2): the frames of a target as films, as a strip, and its logits as curves.

from preimage.study.animations import animation_plans

ANIMATION = f"{R}/figures/animations/{{image_set}}/{{network}}/{{item}}"
ANIMATIONS = animation_plans(STUDY)
for name, value in ANIMATIONS.items():
    plan(f"figures/animations/{name}", value)


localrules:
    animations,


rule animations:
    input:
        [
            f"{R}/figures/animations/{name}.{ending}"
            for name in ANIMATIONS
            for ending in ("mp4", "gif", "png", "logits.png")
        ],


rule draw_animation:
    input:
        unpack(pictures_of_run),
        predictions=f"{SAID}.predictions.parquet",
        logits=ancient(f"{SAID}.logits.parquet"),
        plan=f"{R}/plan/figures/animations/{{image_set}}/{{network}}/{{item}}.json",
        code=code("draw_animation"),
    output:
        mp4=f"{ANIMATION}.mp4",
        gif=report(
            f"{ANIMATION}.gif",
            caption="../workflow/report/animation.rst",
            category="Animations",
            labels={"set": "{image_set}", "network": "{network}", "figure": "{item}"},
        ),
        strip=report(
            f"{ANIMATION}.png",
            caption="../workflow/report/animation.rst",
            category="Animations",
            labels={
                "set": "{image_set}",
                "network": "{network}",
                "figure": "{item}, a strip",
            },
        ),
        png=report(
            f"{ANIMATION}.logits.png",
            caption="../workflow/report/logit_curves.rst",
            category="Animations",
            labels={
                "set": "{image_set}",
                "network": "{network}",
                "figure": "{item}, logits",
            },
        ),
        pdf=f"{ANIMATION}.logits.pdf",
    log:
        f"{R}/logs/figures/animations/{{image_set}}/{{network}}/{{item}}.log",
    wildcard_constraints:
        item="[0-9+-]+",
    conda:
        ENVIRONMENT
    params:
        plan=planned("figures/animations/{image_set}/{network}/{item}"),
        code=DIGESTS["code/draw_animation"],
    message:
        "Draw: animation {wildcards.item}, {wildcards.image_set} of {wildcards.network}"
    shell:
        f"{STEP}.draw_animation --plan {{input.plan}} --images {{input.images}}"
        " --items {input.item_tables} --predictions {input.predictions} --logits {input.logits}"
        " --mp4 {output.mp4} --gif {output.gif} --strip {output.strip} --curves {output.png}"
        " --log {log}"
