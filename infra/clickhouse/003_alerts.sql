-- Every version of every alert, one row per record of spend.alert; alerts_latest has the newest of each.
CREATE TABLE IF NOT EXISTS alerts {on_cluster}
(
    at                       DateTime64(3, 'UTC'),
    id                       String,
    version                  Int32,
    state                    LowCardinality(String),
    severity                 LowCardinality(String),
    rule                     LowCardinality(String),
    scope                    LowCardinality(String),
    organization             LowCardinality(String),
    allocation_id            LowCardinality(Nullable(String)),
    threshold                Float64,
    current_usage_micro      Int64,
    monthly_allocation_micro Nullable(Int64),
    observed                 Float64,
    baseline_mean            Nullable(Float64),
    baseline_stddev          Nullable(Float64),
    baseline_samples         Nullable(Int64),
    z                        Nullable(Float64),
    window                   LowCardinality(String),
    period                   LowCardinality(String),
    notify                   Array(String),
    action_type              LowCardinality(Nullable(String)),
    evidence_sql             String,
    -- The CloudEvent as it stood on the topic.
    raw                      String,
    current_usage            Decimal(18, 6) DEFAULT reinterpret(current_usage_micro, 'Decimal(18, 6)'),
    monthly_allocation       Nullable(Decimal(18, 6)) DEFAULT if(isNull(monthly_allocation_micro), NULL, reinterpret(assumeNotNull(monthly_allocation_micro), 'Decimal(18, 6)')),
    _partition               Int32,
    _offset                  Int64,

    INDEX offset_range _offset TYPE minmax GRANULARITY 1
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (organization, scope, at, id, version)
TTL toDateTime(at) + INTERVAL 7 YEAR
SETTINGS ttl_only_drop_parts = 1;

CREATE OR REPLACE VIEW alerts_latest {on_cluster} AS
SELECT * FROM alerts ORDER BY id, version DESC, _offset DESC LIMIT 1 BY id;
