"""The same shards on Spark: each task reads the log where it stands and judges some shards.

Needs the extra `spark`. The log and the configurations must be found under the same paths on all machines.
"""

import os
import sys
from collections.abc import Iterable
from typing import Any

from pyspark import SparkConf, SparkContext

from analysis.replaying.engine import joined
from analysis.replaying.packed import packed, unpacked
from analysis.replaying.report import Report
from analysis.replaying.shards import Job, judged, loaded


def run_on_spark(job: Job) -> Report:
    """Judge all shards of `job`. SPARK_MASTER or spark-submit says where; `local[*]` without either."""
    loaded(job.before)
    if job.after is not None:
        loaded(job.after)
    conf = SparkConf().setAppName("stile replay").setIfMissing("spark.master", "local[*]")
    conf.setIfMissing("spark.ui.enabled", "false")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # where Stile is installed
    context = SparkContext.getOrCreate(conf)
    context.setLogLevel("ERROR")
    try:
        rounds = min(len(job.shards), 2 * context.defaultParallelism)  # each reads the log once
        tasks = context.parallelize(job.shards, rounds)
        found = dict(tasks.mapPartitions(lambda shards: _judged(job, tuple(shards))).collect())
    finally:
        context.stop()
    return joined(job, {shard: unpacked(report) for shard, report in found.items()})


def _judged(job: Job, shards: tuple[int, ...]) -> Iterable[tuple[int, dict[str, Any]]]:
    return ((shard, packed(report)) for shard, report in judged(job, shards, lambda _: None).items())
