import { expect, test } from 'vitest'
import { KafkaError } from '../errors.ts'
import { settleTogether } from './settle-together.ts'

test('a send settles with the last of its partitions, and tells a hopeless failure before others', async () => {
  let ended = 0
  const { settled, settle } = settleTogether(3, () => void (ended += 1))
  const outcome = settled.then(
    () => 'written',
    (error: KafkaError) => error.code,
  )
  settle(new KafkaError('unavailable', 'late'))
  settle(new KafkaError('refused', 'too large'))
  expect(ended).toBe(0)
  settle(undefined)
  expect(ended).toBe(1)
  expect(await outcome).toBe('refused')
})
