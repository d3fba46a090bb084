/** Of the records of one batch. Brokers bound what is compressed alone: a megabyte of zstd may say gigabytes. */
export const MAX_UNPACKED_BYTES = 256 * 1024 * 1024
