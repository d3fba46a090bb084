import { expect, test } from 'vitest'

import { brokerJavaOptions } from './java-options.ts'

const of = { heapMb: 384, log4jFile: '/log4j2.properties' }

test('where there are few cores a broker has one compiler, and else both', () => {
  expect(brokerJavaOptions(of, 2)).toContain('-XX:TieredStopAtLevel=1')
  expect(brokerJavaOptions(of, 3).join(' ')).not.toContain('Tiered')
  expect(brokerJavaOptions(of, 2)).toEqual(expect.arrayContaining(brokerJavaOptions(of, 3)))
})
