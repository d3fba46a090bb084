import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../../..')
/** Downloads are made once for all runs, and for `npm start` too. */
export const CACHE_DIR = process.env['METERLINE_CACHE_DIR'] ?? join(ROOT, '.meterline/cache')
