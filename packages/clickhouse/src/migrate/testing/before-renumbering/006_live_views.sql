-- repeatable: applied again whenever this text, or the reporting time zone in it, changes.
--
-- The four reports as plain views: as fresh as the table, answered from its projections. The definitions stand here once; the
-- mv_* tables are copies of them. Days and months are the calendar's of the reporting time zone (0021), hours are UTC.
CREATE OR REPLACE VIEW live_credits_by_team {on_cluster} AS
SELECT
    toDate(toTimeZone(toStartOfFifteenMinutes(timestamp), '{reporting_time_zone}')) AS day,
    team,
    model_name,
    reinterpret(sum(credits_micro), 'Decimal(18, 6)') AS credits,
    count() AS requests
FROM usage
GROUP BY day, team, model_name;

CREATE OR REPLACE VIEW live_model_costs {on_cluster} AS
SELECT
    toStartOfMonth(toTimeZone(toStartOfFifteenMinutes(timestamp), '{reporting_time_zone}')) AS month,
    provider,
    model_name,
    reinterpret(sum(credits_micro), 'Decimal(18, 6)') AS credits,
    reinterpret(sum(cost_usd_micro), 'Decimal(18, 6)') AS cost_usd,
    count() AS requests
FROM usage
GROUP BY month, provider, model_name;

-- Latencies are t-digest estimates over the calls that reported one; 0 where none did.
CREATE OR REPLACE VIEW live_request_summary {on_cluster} AS
SELECT
    hour,
    ifNull(tag, '') AS endpoint,
    requests,
    errors,
    if(isNaN(latencies[1]), 0, latencies[1]) AS latency_p50_ms,
    if(isNaN(latencies[2]), 0, latencies[2]) AS latency_p95_ms,
    if(isNaN(latencies[3]), 0, latencies[3]) AS latency_p99_ms
FROM
(
    SELECT
        toStartOfHour(timestamp) AS hour,
        usage.endpoint AS tag,
        count() AS requests,
        countIf(isNotNull(error_code)) AS errors,
        quantilesTDigest(0.5, 0.95, 0.99)(response_latency_ms) AS latencies
    FROM usage
    GROUP BY hour, tag
);

-- A release that is still to come is a row without requests.
CREATE OR REPLACE VIEW live_forecast_inputs {on_cluster} AS
SELECT
    day,
    team,
    model_name,
    reinterpret(sum(credits_micro), 'Decimal(18, 6)') AS credits,
    sum(requests) AS requests,
    arrayStringConcat(arraySort(arrayFilter(name -> name != '', groupUniqArray(release_name))), ', ') AS release,
    reinterpret(sum(extra_micro), 'Decimal(18, 6)') AS expected_extra_credits
FROM
(
    SELECT
        toDate(toTimeZone(toStartOfFifteenMinutes(timestamp), '{reporting_time_zone}')) AS day,
        team,
        model_name,
        sum(usage.credits_micro) AS credits_micro,
        count() AS requests,
        '' AS release_name,
        toInt64(0) AS extra_micro
    FROM usage
    GROUP BY day, team, model_name
    UNION ALL
    SELECT day, team, model_name, toInt64(0), toUInt64(0), release_calendar.release, expected_extra_credits_micro
    FROM release_calendar FINAL
)
GROUP BY day, team, model_name;
