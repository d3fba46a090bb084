-- repeatable: applied again whenever the reporting time zone in it changes.
--
-- The days of the reporting time zone, summed up: a month of reports is some ten thousand sums, whatever stands behind them. Another
-- zone has a projection of its own, made in the background, and is answered from the quarter hours until it is there (0021).
ALTER TABLE usage {on_cluster} ADD PROJECTION IF NOT EXISTS spend_by_day_{zone_title}
(
    SELECT
        toDate(toTimeZone(toStartOfFifteenMinutes(timestamp), '{reporting_time_zone}')),
        organization,
        team,
        provider,
        model_name,
        rating,
        sum(credits_micro),
        sum(cost_usd_micro),
        sum(credits),
        sum(cost_usd),
        sum(requests),
        count()
    GROUP BY
        toDate(toTimeZone(toStartOfFifteenMinutes(timestamp), '{reporting_time_zone}')),
        organization,
        team,
        provider,
        model_name,
        rating
);

-- Rows that are there already.
ALTER TABLE usage {on_cluster} MATERIALIZE PROJECTION spend_by_day_{zone_title} SETTINGS mutations_sync = 0;
