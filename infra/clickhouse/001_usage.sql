-- Metered usage, one row per record of usage.metered. Column names are the record's field names (domain.md).
-- _partition and _offset say which record a row is: the sink asks them what has arrived (docs/decisions/0020).
CREATE TABLE IF NOT EXISTS usage {on_cluster}
(
    request_id          String,
    timestamp           DateTime64(3, 'UTC'),
    api_key_id          LowCardinality(String),
    provider            LowCardinality(String),
    model_name          LowCardinality(String),
    operation_type      LowCardinality(String),
    units               Map(LowCardinality(String), Float64),
    credits_consumed    Nullable(Decimal(18, 6)),
    usage_labels        Map(LowCardinality(String), String),
    response_latency_ms Nullable(Int64),
    error_code          LowCardinality(Nullable(String)),
    user_id             Nullable(String),
    customer_id         Nullable(String),
    endpoint            LowCardinality(Nullable(String)),
    prompt_version      LowCardinality(Nullable(String)),
    product             LowCardinality(Nullable(String)),
    session_id          Nullable(String),
    corrects            Nullable(String),
    ingested_at         DateTime64(3, 'UTC'),
    source_offset       Int64,
    attribution         LowCardinality(String),
    organization        LowCardinality(String),
    billing_group       LowCardinality(String),
    department          LowCardinality(String),
    team                LowCardinality(String),
    project             LowCardinality(String),
    environment         LowCardinality(String),
    cost_center         LowCardinality(String),
    allocation_id       LowCardinality(Nullable(String)),
    tier                LowCardinality(String),
    metered_units       Map(LowCardinality(String), Float64),
    rates               Map(LowCardinality(String), Int64),
    rate_card_id        LowCardinality(String),
    rate_card_version   Int32,
    rating              LowCardinality(String),
    unrated_meters      Array(LowCardinality(String)),
    credits_micro       Int64,
    cost_usd_micro      Int64,
    -- Stored, so that SELECT * and every BI tool see them: an ALIAS is left out of the asterisk.
    credits             Decimal(18, 6) DEFAULT reinterpret(credits_micro, 'Decimal(18, 6)'),
    cost_usd            Decimal(18, 6) DEFAULT reinterpret(cost_usd_micro, 'Decimal(18, 6)'),
    _partition          Int32,
    _offset             Int64,

    INDEX offset_range _offset TYPE minmax GRANULARITY 1,
    INDEX request_id_set request_id TYPE bloom_filter(0.01) GRANULARITY 4,

    -- A quarter of an hour is the coarsest grain from which the days of every time zone can be put together (0021).
    PROJECTION spend_by_quarter_hour
    (
        SELECT
            toStartOfFifteenMinutes(timestamp),
            organization,
            team,
            provider,
            model_name,
            rating,
            sum(credits_micro),
            sum(cost_usd_micro),
            sum(credits),
            sum(cost_usd),
            count()
        GROUP BY
            toStartOfFifteenMinutes(timestamp),
            organization,
            team,
            provider,
            model_name,
            rating
    ),
    PROJECTION requests_by_hour
    (
        SELECT
            toStartOfHour(timestamp),
            organization,
            endpoint,
            count(),
            countIf(isNotNull(error_code)),
            quantilesTDigest(0.5, 0.95, 0.99)(response_latency_ms)
        GROUP BY
            toStartOfHour(timestamp),
            organization,
            endpoint
    )
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (organization, team, toStartOfHour(timestamp), model_name, timestamp)
TTL toDateTime(timestamp) + INTERVAL 7 YEAR
SETTINGS ttl_only_drop_parts = 1;
