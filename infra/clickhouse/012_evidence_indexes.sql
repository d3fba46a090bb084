-- The evidence of an alert on less than a team: rows are sorted by team, and a project, a key or a user belongs to one, so most
-- granules of a month hold none of its rows.
ALTER TABLE usage {on_cluster} ADD INDEX IF NOT EXISTS project_set project TYPE set(64) GRANULARITY 1;

ALTER TABLE usage {on_cluster} ADD INDEX IF NOT EXISTS api_key_set api_key_id TYPE set(64) GRANULARITY 1;

ALTER TABLE usage {on_cluster} ADD INDEX IF NOT EXISTS user_bloom user_id TYPE bloom_filter(0.01) GRANULARITY 1;

-- Rows that are there already; in the background.
ALTER TABLE usage {on_cluster} MATERIALIZE INDEX project_set SETTINGS mutations_sync = 0;

ALTER TABLE usage {on_cluster} MATERIALIZE INDEX api_key_set SETTINGS mutations_sync = 0;

ALTER TABLE usage {on_cluster} MATERIALIZE INDEX user_bloom SETTINGS mutations_sync = 0;
