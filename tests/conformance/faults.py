"""Which planted fault must be noticed by which cases, on which feed."""

from dataclasses import dataclass

from declarations.feed import FeedContract
from declarations.project import REPOSITORY, read_contract


def feed(name: str) -> FeedContract:
    """A shipped contract, or a variant of one: ``evaluation.zip``, ``rating.snapshot``."""
    name, _, variant = name.partition(".")
    contract = read_contract(REPOSITORY / "feeds" / name / "feed.yaml")
    if variant == "zip":
        return contract.model_copy(update={"source": contract.source.model_copy(update={"pattern": ["ballots_*.zip"]})})
    if variant == "snapshot":
        return contract.model_copy(update={"source": contract.source.model_copy(update={"cursor": None}), "snapshot": True})
    return contract


@dataclass(frozen=True)
class Fault:
    """A broken connector and the cases that must turn red."""

    connector: str
    feed: str
    cases: tuple[str, ...]


B, N = "tests.conformance.broken:", "tests.conformance.naive:"
FAULTS = (
    Fault(
        B + "SwallowsErrors",
        "petition",
        (
            "500_for_good",
            "cut_in_mid_body",
            "closed_without_answer",
            "time_out",
            "redirect_loop",
            "page_of_words",
            "total_wrong",
            "page_repeated",
            "row_updated_between_pages",
        ),
    ),
    Fault(B + "SwallowsErrors", "audit", ("place_gone",)),
    Fault(B + "DropsLastPage", "rating", ("first_pull", "two_pages", "full_last_page")),
    Fault(B + "FailsWhenEmpty", "rating", ("empty_pull",)),
    Fault(B + "StampsItsTime", "audit", ("same_window_twice",)),
    Fault(B + "StampsItsTime", "petition", ("killed_before_load",)),
    Fault(B + "StopsAtOlder", "rating", ("page_order_changed",)),
    Fault(B + "RenamesFiles", "evaluation", ("source_untouched",)),
    Fault(B + "KeepsFirstState", "rating", ("row_updated", "duplicate_key")),
    Fault(B + "SendsAllItEverSaw", "rating.snapshot", ("deleted_row",)),
    Fault(B + "AsksForAll", "rating", ("only_what_is_new",)),
    Fault(B + "IgnoresLookBack", "rating", ("late_row_inside_look_back",)),
    Fault(B + "KeepsItsOwnPlace", "rating", ("cursor_reset", "late_row_outside_look_back", "backfill_beside_live")),
    Fault(B + "GoesByItsOwnClock", "petition", ("clock_behind", "row_added_between_pages")),
    Fault(B + "DropsTheFuture", "rating", ("clock_ahead",)),
    Fault(B + "FillsWithZero", "audit", ("null_is_not_zero",)),
    Fault(B + "DropsRowsWithoutKey", "rating", ("null_key",)),
    Fault(B + "CoercesToNull", "decision", ("type_drift",)),
    Fault(B + "HidesColumns", "rating", ("new_column", "lost_column")),
    Fault(B + "CutsTexts", "decision", ("huge_row",)),
    Fault(B + "PrintsPassword", "audit", ("secrets_absent",)),
    Fault(B + "LogsHeaders", "audit", ("secrets_absent",)),
    Fault(B + "RemembersProgress", "petition", ("killed_between_pages",)),
    Fault(B + "TakesHalfFiles", "evaluation", ("half_written_file",)),
    Fault(B + "KnowsFilesByName", "evaluation", ("file_written_again",)),
    Fault(B + "UnpacksAnything", "evaluation.zip", ("zip_bomb",)),
    Fault(B + "UnpacksToDisk", "evaluation.zip", ("path_traversal",)),
    Fault(N + "FollowsRedirects", "rating", ("redirect_elsewhere", "metadata_address")),
    Fault(N + "NoTimeOut", "rating", ("slow_drip",)),
    Fault(N + "GivesUpAtOnce", "rating", ("500_then_fine",)),
    Fault(N + "AsksAgainAtOnce", "rating", ("429",)),
    Fault(N + "IgnoresRetryAfter", "rating", ("429_retry_after",)),
    Fault(N + "InsistsOnRefusals", "rating", ("401", "403", "404", "500_for_good")),
    Fault(N + "NeverRenewsItsToken", "petition", ("token_expired",)),
    Fault(N + "NeverUnpacks", "rating", ("gzip", "zstd")),
    Fault(N + "GuessesBytes", "decision", ("wrong_charset",)),
    Fault(N + "PassesByTheGate", "petition", ("never_enters",)),
    Fault(N + "LeaksLeftOutColumn", "rating", ("identities_absent",)),
    Fault(N + "Naive", "rating", ("rate_budget",)),
)
