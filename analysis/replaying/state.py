"""A replay that was interrupted goes on from the shards that were finished, if it is the same replay."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import orjson

from analysis.replaying.packed import packed, unpacked
from analysis.replaying.report import Report
from analysis.replaying.shards import SHARDS, Job, loaded

FORMAT = "stile-replay/1"


class StateFault(ValueError):
    """The state cannot be used; the text says why."""


def name_of(job: Job) -> str:
    """What tells one replay from another: files with size and time, and versions of configurations."""
    versions = [loaded(path).version for path in (job.before, job.after) if path is not None]
    files = [[str(source.path.absolute()), source.size, source.changed_ns] for source in job.sources]
    whole = [FORMAT, SHARDS, versions, files, sorted(job.purchase_routes)]
    return sha256(orjson.dumps(whole)).hexdigest()


def finished_shards(path: Path, job: Job) -> dict[int, Report]:
    """What was finished before; nothing where there is no such file. Raises StateFault and OSError."""
    if not path.exists():
        return {}
    try:
        document = orjson.loads(path.read_bytes())
        of, shards = document["of"], document["shards"]
        found = {int(shard): unpacked(report) for shard, report in shards.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StateFault(f"{path} is no state of a replay; delete it to begin anew") from None
    if of != name_of(job):
        raise StateFault(f"{path} belongs to another replay; delete it to begin anew")
    return found


def keep(path: Path, job: Job, reports: Mapping[int, Report]) -> None:
    """Write what is finished; whoever reads meanwhile finds the former file or this one."""
    document = {
        "of": name_of(job),
        "shards": {str(shard): packed(report) for shard, report in reports.items()},
    }
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(orjson.dumps(document))
    partial.replace(path)
