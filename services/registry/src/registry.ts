import type { Catalogue, CatalogueRecord } from './catalogue/catalogue.ts'
import { clearCatalogue, createCatalogue, foldRecord } from './catalogue/catalogue.ts'

/** Where the catalogue is kept. Opening it fences the former writer, so that what is read afterwards is final. */
export interface CatalogueLog {
  /** Every record so far, in order. */
  readAll(): AsyncIterable<CatalogueRecord>
  /** Resolves once the records are durable, all of them or none. After a rejection that is not known. */
  append(records: readonly CatalogueRecord[]): Promise<void>
  close(): Promise<void>
}

/** What a command decided: its answer and the records that make it so. */
interface Decision {
  readonly records: readonly CatalogueRecord[]
}

export interface SchemaRegistry {
  readonly catalogue: Catalogue
  /** Decides on the state as it is, writes what was decided, then answers. One change at a time: ids are given out in order. */
  change<T extends Decision>(decide: (catalogue: Catalogue) => T): Promise<T>
  close(): Promise<void>
}

export async function openRegistry(openLog: () => Promise<CatalogueLog>): Promise<SchemaRegistry> {
  const catalogue = createCatalogue()
  let log: CatalogueLog | undefined = await restore()
  let last: Promise<unknown> = Promise.resolve()

  async function restore(): Promise<CatalogueLog> {
    const opened = await openLog()
    const records: CatalogueRecord[] = []
    for await (const record of opened.readAll()) records.push(record)
    clearCatalogue(catalogue)
    for (const record of records) foldRecord(catalogue, record)
    return opened
  }

  async function decideAndWrite<T extends Decision>(decide: (catalogue: Catalogue) => T): Promise<T> {
    log ??= await restore()
    const decision = decide(catalogue)
    if (decision.records.length === 0) return decision
    try {
      await log.append(decision.records)
    } catch (error) {
      // Whether it was written is not known: fence and read again before the next decision.
      const doubtful = log
      log = undefined
      await doubtful.close()
      throw error
    }
    for (const record of decision.records) foldRecord(catalogue, record)
    return decision
  }
  return {
    catalogue,
    change(decide) {
      const result = last.then(() => decideAndWrite(decide))
      last = result.catch(() => undefined)
      return result
    },
    async close() {
      await last
      await log?.close()
    },
  }
}
