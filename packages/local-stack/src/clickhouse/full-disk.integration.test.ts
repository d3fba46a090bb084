import { expect, inject, test } from 'vitest'

// Found by filling the disk in mid-merge: the new part had an empty file, and stood in the place of those that it was made of.
test('neither inserts nor merges begin where the disk is nearly full', async () => {
  const { clickhouse } = inject('stack')
  const answer = await fetch(clickhouse.url, {
    method: 'POST',
    body: "SELECT keep_free_space FROM system.disks WHERE name = 'default'",
    headers: { 'X-ClickHouse-User': clickhouse.user, 'X-ClickHouse-Key': clickhouse.password },
  })
  expect((await answer.text()).trim()).toBe(String(256 * 1024 * 1024))
})
