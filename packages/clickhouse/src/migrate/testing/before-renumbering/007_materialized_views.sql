-- repeatable: applied again whenever this text changes.
--
-- What BI tools read: real tables, replaced as a whole every minute from the live views, so they cannot drift (0020).
DROP VIEW IF EXISTS mv_credits_by_team {on_cluster};

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_credits_by_team {on_cluster}
REFRESH EVERY 1 MINUTE
(day Date, team LowCardinality(String), model_name LowCardinality(String), credits Decimal(18, 6), requests UInt64)
ENGINE = {replicated}MergeTree ORDER BY (team, day, model_name)
AS SELECT * FROM live_credits_by_team;

DROP VIEW IF EXISTS mv_model_costs {on_cluster};

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_model_costs {on_cluster}
REFRESH EVERY 1 MINUTE
(month Date, provider LowCardinality(String), model_name LowCardinality(String), credits Decimal(18, 6), cost_usd Decimal(18, 6), requests UInt64)
ENGINE = {replicated}MergeTree ORDER BY (month, provider, model_name)
AS SELECT * FROM live_model_costs;

DROP VIEW IF EXISTS mv_request_summary {on_cluster};

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_request_summary {on_cluster}
REFRESH EVERY 1 MINUTE
(hour DateTime('UTC'), endpoint LowCardinality(String), requests UInt64, errors UInt64, latency_p50_ms Float32, latency_p95_ms Float32, latency_p99_ms Float32)
ENGINE = {replicated}MergeTree ORDER BY (endpoint, hour)
AS SELECT * FROM live_request_summary;

DROP VIEW IF EXISTS mv_forecast_inputs {on_cluster};

CREATE MATERIALIZED VIEW IF NOT EXISTS mv_forecast_inputs {on_cluster}
REFRESH EVERY 1 MINUTE
(day Date, team LowCardinality(String), model_name LowCardinality(String), credits Decimal(18, 6), requests UInt64, release String, expected_extra_credits Decimal(18, 6))
ENGINE = {replicated}MergeTree ORDER BY (team, day, model_name)
AS SELECT * FROM live_forecast_inputs;
