import { encodeControlEvent } from '@meterline/contract'
import { createOrganizationView, type OrganizationView } from '@meterline/domain'
import { beforeEach, expect, test } from 'vitest'

import { takeRecord, unreadableRows, unreadableText } from './take-record.ts'
import type { FoldedLog, UnreadableRecord } from './take-record.ts'

let log: FoldedLog & { readonly view: OrganizationView }
beforeEach(() => {
  log = { view: createOrganizationView(), unreadable: new Map<string, UnreadableRecord>() }
})

const pool = (offset: number, name: string) => ({
  key: Buffer.from('pool:p'),
  value: encodeControlEvent({
    schema: 1,
    command_id: 'c',
    at_ms: 1,
    actor: 'token:admin',
    kind: 'pool',
    id: 'p',
    type: 'put',
    data: { id: 'p', name, owner: 'o' },
  }),
  offset,
})
const withMore = (offset: number) => {
  const { key, value } = pool(offset, 'after')
  const event = JSON.parse(value.toString()) as { data: object }
  return {
    key,
    value: Buffer.from(JSON.stringify({ ...event, data: { ...event.data, color: 'red' } })),
    offset,
  }
}

test('a record of a known kind that cannot be read is passed over: its entity stays as it was, and it is named', () => {
  takeRecord(log, pool(0, 'before'))
  expect(takeRecord(log, withMore(1))).toMatchObject({ key: 'pool:p', offset: 1 })
  expect(log.view.entities.pool.get('p')?.name).toBe('before')
  expect(log.view.offset).toBe(1)
  expect(unreadableText(log.unreadable)).toContain('record 1 of control.log (pool:p) cannot be read: ')
  expect(unreadableText(log.unreadable)).toContain('color')
  expect(unreadableRows(log.unreadable)).toEqual([{ labels: { key: 'pool:p', offset: '1' }, value: 1 }])
})

test('what comes after it is folded, and a later record of the same entity heals it', () => {
  const broken = { key: Buffer.from('limit:l'), value: Buffer.from('{"kind":"limit","secret":'), offset: 0 }
  takeRecord(log, broken)
  takeRecord(log, withMore(1))
  expect(unreadableText(log.unreadable)).toBe(
    'record 0 of control.log (limit:l) cannot be read, and 1 more: it is not JSON',
  )
  takeRecord(log, pool(2, 'mended'))
  expect(log.view.entities.pool.get('p')?.name).toBe('mended')
  expect([...log.unreadable.keys()]).toEqual(['limit:l'])
  const { value } = pool(3, '')
  const removal = {
    ...(JSON.parse(value.toString()) as object),
    kind: 'limit',
    id: 'l',
    type: 'removed',
    data: undefined,
  }
  takeRecord(log, { key: broken.key, value: Buffer.from(JSON.stringify(removal)), offset: 3 })
  expect(unreadableText(log.unreadable)).toBeUndefined()
})

test('a kind that is not known here is nothing that this version would have to read', () => {
  const value = Buffer.from('{"kind":"comet","id":"x"}')
  expect(takeRecord(log, { key: Buffer.from('comet:x'), value, offset: 0 })).toBeUndefined()
  expect(log.unreadable.size).toBe(0)
  expect(log.view.offset).toBe(0)
})
