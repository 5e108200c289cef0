"""The words of the column `status`: how a descent ended. No torch.

`preimage.descent.verdict` says when each is given.
"""

OK = "ok"
NO_GRADIENT = "no gradient"
DIVERGED = "diverged"
NOT_FINITE = "not finite"

FAILED = (NO_GRADIENT, NOT_FINITE)  # there is no picture; a diverged one is one, if a bad one
PICTURES = (OK, DIVERGED)  # where tables know further words, as of maps that moved nothing
