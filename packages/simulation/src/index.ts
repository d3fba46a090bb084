// The package's door: what others may use.
