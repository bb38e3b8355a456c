"""Offsets mean something only on the cluster, and in the topic, where they were noted."""

from __future__ import annotations

from eng5_pipeline.domain.positions import Cluster
from eng5_pipeline.errors import Differs


def require_same_cluster(noted: Cluster, now: Cluster) -> None:
    """Brokers that give no cluster id cannot be told apart and pass."""
    if None not in (noted.cluster_id, now.cluster_id) and noted.cluster_id != now.cluster_id:
        raise Differs(
            "other-kafka-cluster",
            f"the run began on Kafka cluster {noted.cluster_id}, this is {now.cluster_id}",
            hint="set KAFKA_BOOTSTRAP_SERVERS to the cluster that the request was sent to",
        )


def recreated(topic: str, noted: Cluster, now: Cluster) -> bool:
    """The topic was deleted and made anew; False where the broker gives no topic ids."""
    before, after = noted.topic_ids.get(topic), now.topic_ids.get(topic)
    return None not in (before, after) and before != after
