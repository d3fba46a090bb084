-- What was not counted, with everything needed to send it again: one row per record of usage.rejected.
CREATE TABLE IF NOT EXISTS rejected {on_cluster}
(
    -- When it was rejected.
    time             DateTime64(3, 'UTC'),
    reason           LowCardinality(String),
    stage            LowCardinality(String),
    error            String,
    source_topic     LowCardinality(String),
    source_partition Nullable(Int32),
    source_offset    Nullable(Int64),
    api_key_id       LowCardinality(String),
    -- The bytes as received; not always text.
    key              String,
    value            String,
    headers          Map(String, String),
    _partition       Int32,
    _offset          Int64,

    INDEX offset_range _offset TYPE minmax GRANULARITY 1
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (reason, time, source_topic, _partition, _offset)
TTL toDateTime(time) + INTERVAL 7 YEAR
SETTINGS ttl_only_drop_parts = 1;
