"""How traceless a scheme is: worked on the shipped schemes' feeds and on small ones."""

from small import event, leaf, scheme

from declarations.project import REPOSITORY, Project
from declarations.scheme import Scheme
from declarations.scheme.measures import measures

PROJECT = Project(REPOSITORY, REPOSITORY / "var")
RATING, BALLOT = "rating_satisfaction_rate", "ballot_cadre_innovation_superior"


def measured(made: Scheme, **schemes: Scheme):  # type: ignore[no-untyped-def]
    return measures(made, PROJECT.indicators, PROJECT.feeds, schemes)


def test_ballots_are_judged_and_what_systems_hold_is_automatic() -> None:
    found = measured(scheme(leaf(RATING, weight=3), leaf(BALLOT, weight=1), adjustments=[event("won", "bonus", cap=1)]))
    assert (found.automatic, found.judged, found.manual_entries, found.documents) == (0.75, 0.25, 0, 1)
    assert found.feeds == tuple(sorted({PROJECT.indicators[RATING].feed, PROJECT.indicators[BALLOT].feed}))


def test_what_no_feed_delivers_would_be_entered_by_hand() -> None:
    found = measured(scheme(leaf(RATING), leaf("typed_in")))
    assert (found.automatic, found.manual_entries, found.entered_by_hand) == (0.5, 1, ("typed_in",))


def test_the_least_automatic_group_counts() -> None:
    found = measured(scheme(leaf(RATING, weight={"n": 1, "m": 3}), leaf(BALLOT, weight=1), groups=["n", "m"]))
    assert found.automatic_by_group == {"n": 0.5, "m": 0.75}
    assert found.automatic == 0.5


def test_a_derived_value_is_as_automatic_as_its_parts() -> None:
    mixed = {"step": "derive", "code": "mixed", "expression": f"{RATING} + {BALLOT}"}
    pure = {"step": "derive", "code": "pure", "expression": f"{RATING} * 2"}
    assert measured(scheme(leaf("mixed"), leaf("pure"), prepare=[mixed, pure])).automatic == 0.5


def test_a_result_of_another_scheme_is_as_automatic_as_that_one() -> None:
    unit = scheme(leaf(RATING), leaf(BALLOT)).model_copy(update={"id": "unit"})
    part = {"code": "unit", "unit_result": {"scheme": "unit"}, "normalise": {"method": "as_is"}}
    assert measured(scheme(leaf(RATING), part), unit=unit).automatic == 0.75
    special = {"routine": 0.4, "annual": 0.2, "special": [{"scheme": "unit", "weight": 0.4}]}
    assert measured(scheme(leaf(RATING), blend=special), unit=unit).automatic == 0.8


def test_the_shipped_scheme_of_towns_is_wholly_automatic() -> None:
    found = measures(PROJECT.schemes["town-2025"], PROJECT.indicators, PROJECT.feeds, PROJECT.schemes)
    assert (found.automatic, found.judged, found.manual_entries) == (1.0, 0.0, 0)
