-- The hour of arrival is what usage is reconciled by; rows arrive in its order, so old parts are passed over.
ALTER TABLE usage {on_cluster} ADD INDEX IF NOT EXISTS ingested_range ingested_at TYPE minmax GRANULARITY 1;
