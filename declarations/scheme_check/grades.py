"""Grades: a cut table without hole or overlap; requirements, ties, ceilings and consequences that name what exists."""

from declarations.scheme.grade import Grade
from declarations.scheme_check.check import Check
from declarations.yaml_file import Path_, nearest


def check_grades(check: Check) -> None:
    """Look at grades, ties, ranking, and at the rule profile's ceilings and consequences for this class."""
    grades = check.scheme.grades
    check.repeated(("grades",), "grade", [g.grade for g in grades], "the grade '{name}' stands twice.", "name each grade once.")
    _cuts(check, grades)
    _places(check, grades)
    _open_end(check, grades)
    for i, grade in enumerate(grades):
        for j, requirement in enumerate(grade.requires):
            check.known_node(("grades", i, "requires", j, "node"), requirement.node)
    for i, code in enumerate(check.scheme.ties):
        check.known_node(("ties", i), code)
    check.repeated(("ties",), "", check.scheme.ties, "'{name}' stands twice; it has already decided.", "name each node once.")
    if check.scheme.ranking.use_ties and not check.scheme.ties:
        check.add(("ranking", "use_ties"), "there are no 'ties' to use.", "list the nodes that decide under 'ties'.")
    _ceilings(check)
    _consequences(check)


def _cuts(check: Check, grades: list[Grade]) -> None:
    """Cuts descend. ``above: 60`` is a higher cut than ``at_least: 60``."""
    before: tuple[float, bool] | None = None
    for i, grade in enumerate(grades):
        if grade.cut is None:
            continue
        cut = (grade.cut, grade.above is not None)
        key = "at_least" if grade.at_least is not None else "above"
        if before is not None and cut >= before:
            what = (
                f"'{grade.grade}' starts at the same {cut[0]:g} as the grade before: they overlap."
                if cut == before
                else f"'{grade.grade}' starts at {cut[0]:g}, not below the {before[0]:g} of the grade before: nobody could get it."
            )
            check.add(("grades", i, key), what, "the cuts must descend without repeats; put the best grade first.")
        before = min(before, cut) if before else cut


def _places(check: Check, grades: list[Grade]) -> None:
    """Shares and counts of places are cumulative, so they ascend."""
    for key in ("top_share", "top_count"):
        before: float | None = None
        for i, grade in enumerate(grades):
            value = getattr(grade, key)
            if value is None:
                continue
            if before is not None and value <= before:
                what = f"'{grade.grade}' ends at {value:g}, not after the {before:g} of the grade before: no place is left for it."
                check.add(("grades", i, key), what, f"{key} is cumulative; it must ascend from the best grade on.")
            before = value
    kinds = {key for grade in grades for key in ("top_share", "top_count") if getattr(grade, key) is not None}
    if len(kinds) == 2:
        i = next(i for i, grade in enumerate(grades) if grade.top_count is not None)
        what = "some grades end by top_share, others by top_count; which comes first would hang on the number of subjects."
        check.add(("grades", i, "top_count"), what, "use one of the two for all grades.")


def _open_end(check: Check, grades: list[Grade]) -> None:
    """Only the lowest grade takes all the rest, and it does take all."""
    for i, grade in enumerate(grades):
        last = i == len(grades) - 1
        bounded = grade.cut is not None or (grade.by_rank and (grade.top_share or 0) < 1) or grade.requires
        path: Path_ = ("grades", i)
        if not last and not bounded:
            what = f"'{grade.grade}' takes everybody who is left; the grades after it would stay empty."
            check.add(path, what, "give it at_least, above, top_share or top_count, or put it last.")
        if not last:
            continue
        if grade.requires:
            check.add((*path, "requires"), f"'{grade.grade}' is the lowest: who misses it would have no grade.", "remove 'requires' there.")
        if grade.cut is not None and (grade.cut > 0 or grade.above == 0):
            below = "0 and less" if grade.above == 0 else f"less than {grade.cut:g}"
            key = "at_least" if grade.at_least is not None else "above"
            check.add((*path, key), f"the table has a hole: {below} is no grade.", f"take '{key}' away: the lowest grade is for the rest.")
        if grade.by_rank and (grade.top_share or 0) < 1:
            key = "top_share" if grade.top_share is not None else "top_count"
            check.add((*path, key), "the table has a hole: the last places have no grade.", f"take '{key}' away: the rest get this grade.")


def _rules_path(check: Check, *path: str | int) -> Path_:
    """Where a rule is mended: in the scheme's own rules, or by naming another profile."""
    return ("rules", *path) if check.scheme.rules else ("rule_profile",)


def _ceilings(check: Check) -> None:
    names = [grade.grade for grade in check.scheme.grades]
    if check.profile is None or not names:
        return
    units = _unit_grades(check)
    for i, ceiling in enumerate(check.profile.ceilings):
        if ceiling.subject_class != check.scheme.subject_class:
            continue
        if ceiling.grade not in names:
            what = f"the rule profile has a ceiling on '{ceiling.grade}', which is no grade of this scheme."
            fix = f"{nearest(ceiling.grade, names)}Use the same names; the scheme's are {', '.join(names)}."
            check.add(_rules_path(check, "ceilings", i, "grade"), what, fix)
        for key, listed in (("by_unit_grade", list(ceiling.by_unit_grade)), ("chief_barred_in", ceiling.chief_barred_in)):
            for j, grade in enumerate(listed):
                if units is not None and grade not in units:
                    what = f"{key} names '{grade}', which is no grade of a unit's scheme."
                    path = _rules_path(check, "ceilings", i, key, grade if key == "by_unit_grade" else j)
                    check.add(path, what, f"{nearest(grade, sorted(units))}Units have {', '.join(sorted(units)) or 'no grades'}.")


def _unit_grades(check: Check) -> set[str] | None:
    """The grades of schemes for other classes; None where schemes are not known."""
    if check.around.schemes is None:
        return None
    others = [s for s in check.around.schemes.values() if s.subject_class != check.scheme.subject_class]
    return {grade.grade for other in others for grade in other.grades}


def _consequences(check: Check) -> None:
    names = [grade.grade for grade in check.scheme.grades]
    if check.profile is None:
        return
    codes = [consequence.code for consequence in check.profile.consequences]
    for i, consequence in enumerate(check.profile.consequences):
        if consequence.code in codes[:i]:
            what = f"the rule profile has the consequence '{consequence.code}' twice."
            check.add(_rules_path(check, "consequences", i, "code"), what, "give each its own code.")
        own = consequence.subject_class == check.scheme.subject_class
        if own and names and consequence.grade is not None and consequence.grade not in names:
            what = f"the rule profile's consequence '{consequence.code}' names '{consequence.grade}', which is no grade of this scheme."
            fix = f"{nearest(consequence.grade, names)}Use the same names; the scheme's are {', '.join(names)}."
            check.add(_rules_path(check, "consequences", i, "grade"), what, fix)
