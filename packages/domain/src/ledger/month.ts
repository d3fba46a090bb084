/** A calendar month of the reporting time zone, `2026-11`. */
export type Month = `${number}-${number}`
