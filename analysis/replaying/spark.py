"""The same shards on Spark: each task reads the log where it stands, judges one shard, and reports.

Needs the extra `spark`. The log and the configurations must be found under the same paths on all machines.
"""

import os
import sys

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
        tasks = context.parallelize(job.shards, len(job.shards))
        found = dict(tasks.map(lambda shard: (shard, _judged(job, shard))).collect())
    finally:
        context.stop()
    return joined(job, {shard: unpacked(report) for shard, report in found.items()})


def _judged(job: Job, shard: int) -> dict[str, object]:
    return packed(judged(job, (shard,), lambda _: None)[shard])
