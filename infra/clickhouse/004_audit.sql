-- control.log as a table: who changed what, when. Salts and hashes of keys stay in the log.
CREATE TABLE IF NOT EXISTS audit {on_cluster}
(
    at         DateTime64(3, 'UTC'),
    command_id String,
    actor      LowCardinality(String),
    kind       LowCardinality(String),
    id         String,
    type       LowCardinality(String),
    -- The whole entity after the change, as JSON; empty when it was removed.
    data       String,
    _partition Int32,
    _offset    Int64,

    INDEX offset_range _offset TYPE minmax GRANULARITY 1
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (kind, id, at, _offset)
TTL toDateTime(at) + INTERVAL 7 YEAR
SETTINGS ttl_only_drop_parts = 1;
