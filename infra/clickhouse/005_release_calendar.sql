-- Releases that will change what a team uses, for the forecast: filled in by people, empty at first.
CREATE TABLE IF NOT EXISTS release_calendar {on_cluster}
(
    day                          Date,
    team                         LowCardinality(String),
    model_name                   LowCardinality(String),
    release                      String,
    expected_extra_credits_micro Int64,
    updated_at                   DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {replicated}ReplacingMergeTree(updated_at)
ORDER BY (team, model_name, day, release);
