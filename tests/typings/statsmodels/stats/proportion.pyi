"""What tests call of a library without types: pyright would work out its answer from its source."""

def confint_proportions_2indep(
    count1: float,
    nobs1: float,
    count2: float,
    nobs2: float,
    *,
    method: str,
    compare: str,
    correction: bool,
) -> tuple[float, float]: ...
