# The rules that all others are made from: `python -m preimage STEP` is told each file by its name.
# A step has the name of its rule.


rule step:
    log:
        f"{R}/logs/step.log",
    priority: first
    conda:
        ENVIRONMENT
    params:
        words=words,
    message:
        "{rule} {wildcards}"
    shell:
        f"python -m preimage {{params.words}} --log {{log:q}}"


# A step that descends, trains or asks networks. On a GPU it has one; its batch decides no result.
rule computing_step:
    log:
        f"{R}/logs/computing_step.log",
    priority: first
    conda:
        ENVIRONMENT
    threads: STUDY.config["threads"]
    resources:
        gpu=gpus,
        runtime=lambda wildcards, attempt, rulename: NEEDS.minutes(
            rulename, wildcards, attempt
        ),
        mem_mb=lambda wildcards, attempt, rulename: NEEDS.megabytes(
            rulename, wildcards, attempt
        ),
    params:
        words=words,
    message:
        "{rule} {wildcards}"
    shell:
        f"python -m preimage {{params.words}} {DEVICE} --batch {STUDY.config['batch']}{ALLOWED}"
        " --log {log:q}"
