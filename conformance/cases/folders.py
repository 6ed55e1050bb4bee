"""What happens to files: half written, written again, packed with bad intent."""

from conformance.case import Case, case
from conformance.doubles.files import zipped
from conformance.stage import Stage

BOMB_BYTES = 8 << 20


@case(
    "half_written_file",
    "A file that is still being written",
    "尚未写完的文件",
    means="A file without its marker is not taken; when the marker comes it is, once.",
    advice="Take a file only when it is complete: complete_marker, or unchanged for stable_for.",
    needs=("files", "marker"),
)
def _half_written_file(stage: Stage) -> None:
    rows = stage.rows(4)
    double = stage.inbox
    double.put(*rows[:2])
    whole = double.content(rows[2:])
    file = double.drop_file(whole[: len(whole) // 2], complete=False)
    stage.fetched(stage.run(), 2)
    stage.holds(rows[:2])
    double.drop_file(whole, file.name)
    stage.fetched(stage.run(), 2)
    stage.holds(rows)


@case(
    "file_written_again",
    "A file is written again",
    "同名文件被重写",
    means="A file of the same name with other contents is taken again.",
    advice="Know a taken file by its name and fingerprint (window.taken), not by its name alone.",
    needs=("files", "updates"),
)
def _file_written_again(stage: Stage) -> None:
    rows = stage.rows(4)
    double = stage.inbox
    file = double.drop_file(double.content(rows))
    stage.fetched(stage.run(), 4)
    newer = stage.changed(rows[1])
    double.drop_file(double.content([rows[0], newer, *rows[2:], stage.rows(1, 5)[0]]), file.name)
    stage.fetched(stage.run(), 5)
    stage.holds([rows[0], newer, *rows[2:], stage.rows(1, 5)[0]])


@case(
    "zip_bomb",
    "A zip bomb",
    "压缩炸弹",
    means="A small packed file that grows beyond unpacked_megabytes is refused before it fills memory or disk.",
    advice="Count the bytes while unpacking and stop with a Problem at the limit.",
    needs=("files", "packed"),
)
def _zip_bomb(stage: Stage) -> None:
    stage.play_with(stage.double.source.model_copy(update={"unpacked_megabytes": 1}))
    name = stage.inbox.name()
    plain = stage.inbox.plain(stage.rows(3))
    last = plain[plain.rstrip().rfind(b"\n") + 1 :]
    stage.inbox.drop_file(stage.inbox.packed(plain + last * (BOMB_BYTES // len(last))), name)
    stage.refused(stage.run(), name)
    stage.batches(0)


@case(
    "path_traversal",
    "A path that leads out of the archive",
    "路径穿越",
    means="A zip whose member is called ../../x is refused; nothing is written outside.",
    advice="Never write members under their own names; refuse names with '..' or a leading '/'.",
    needs=("files", "zip"),
)
def _path_traversal(stage: Stage) -> None:
    name = stage.inbox.name()
    content = stage.inbox.plain(stage.rows(3))
    stage.inbox.drop_file(zipped("../../escaped.csv", content), name)
    outcome = stage.run()
    escaped = [str(file) for file in stage.folder.rglob("escaped.csv")]
    stage.expect(not escaped, "nothing written outside", f"{', '.join(escaped)} was.")
    stage.refused(outcome, name)
    stage.batches(0)


CASES: tuple[Case, ...] = (_half_written_file, _file_written_again, _zip_bomb, _path_traversal)
