import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { LeaseWorld, RESERVATION_MS } from './lease-world.test-data.ts'

const CAP = 10_000
const SMALL_CAP = 2_000
/** For a machine that does other things too. */
const TIMEOUT_MS = 60_000

type Step = (world: LeaseWorld) => void

const nat = fc.nat(999)
const LENGTH = { minLength: 20, maxLength: 400, size: 'max' } as const
const orderly = [
  { weight: 8, arbitrary: fc.tuple(nat, fc.integer({ min: 1, max: 900 })).map(authorize) },
  { weight: 5, arbitrary: fc.tuple(nat, fc.boolean()).map(use) },
  { weight: 2, arbitrary: nat.map(hearOf) },
  {
    weight: 1,
    arbitrary: nat.map(
      (at): Step =>
        (world) =>
          world.release(at),
    ),
  },
  {
    weight: 6,
    arbitrary: nat.map(
      (at): Step =>
        (world) =>
          world.tend(at),
    ),
  },
  { weight: 8, arbitrary: fc.tuple(nat, fc.nat(9)).map(deliver) },
  {
    weight: 8,
    arbitrary: fc.nat(6).map(
      (n): Step =>
        (world) =>
          world.work(n),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.nat(4).map(
      (n): Step =>
        (world) =>
          world.meter(n),
    ),
  },
  { weight: 4, arbitrary: fc.constant<Step>((world) => world.watch()) },
  { weight: 4, arbitrary: fc.constant<Step>((world) => world.tick()) },
  {
    weight: 4,
    arbitrary: fc.nat(700).map(
      (ms): Step =>
        (world) =>
          world.pass(ms),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(40_000).map(
      (ms): Step =>
        (world) =>
          world.pass(ms),
    ),
  },
  {
    weight: 1,
    arbitrary: nat.map(
      (at): Step =>
        (world) =>
          world.kill(at),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(nat, fc.nat(60_000)).map(pause) },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.crashOwner()) },
]
const steps = fc.array(fc.oneof(...orderly), LENGTH)

function authorize([at, amount]: readonly [number, number]): Step {
  return (world) => void world.authorize(at, amount)
}
function use([at, heard]: readonly [number, boolean]): Step {
  return (world) => world.use(at, heard)
}
function hearOf(at: number): Step {
  return (world) => world.hearOf(at)
}
function useMore([at, heard, excess]: readonly [number, boolean, number]): Step {
  return (world) => world.use(at, heard, excess)
}
function deliver([at, dice]: readonly [number, number]): Step {
  return (world) => world.deliver(at, dice === 0)
}
function pause([at, ms]: readonly [number, number]): Step {
  return (world) => world.pause(at, ms)
}

/** Everything that is under way comes through, again and again, while time passes. */
function settleDown(world: LeaseWorld, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    world.pass(1_000)
    for (let at = 0; at < 3; at++) world.tend(at)
    world.meter(1_000)
    world.watch()
    world.tick()
    for (let at = 0; at < 12; at++) world.deliver(at, false)
    world.work(1_000)
  }
}

describe('leases', { timeout: TIMEOUT_MS }, () => {
  test('usage made and usage that may still be made never exceed the cap, in any order, with crashes, pauses, losses', () => {
    let granted = 0
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), steps, (holders, all) => {
        const world = new LeaseWorld(CAP, holders)
        for (const step of all) {
          step(world)
          expect(world.exposureMicro()).toBeLessThanOrEqual(CAP)
        }
        granted += world.authorized
      }),
      { numRuns: 1_000 },
    )
    // A law about nothing holds always.
    expect(granted).toBeGreaterThan(50_000)
  })

  test('the largest overshoot is the sum of what was not reserved: low estimates, late usage, usage that nobody asked for', () => {
    const careless = [
      { weight: 3, arbitrary: fc.tuple(nat, fc.boolean(), fc.nat(500)).map(useMore) },
      {
        weight: 2,
        arbitrary: nat.map(
          (at): Step =>
            (world) =>
              world.useLate(at),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.nat(500).map(
          (amount): Step =>
            (world) =>
              world.useUnasked(amount),
        ),
      },
    ]
    let exceeded = 0
    fc.assert(
      fc.property(fc.array(fc.oneof(...orderly, ...careless), LENGTH), (all) => {
        const world = new LeaseWorld(SMALL_CAP, 3)
        for (const step of all) {
          step(world)
          expect(world.exposureMicro()).toBeLessThanOrEqual(SMALL_CAP + world.excessMicro)
        }
        if (world.exposureMicro() > SMALL_CAP) exceeded += 1
      }),
      { numRuns: 500 },
    )
    // It is not for want of trying.
    expect(exceeded).toBeGreaterThan(0)
  })

  test('whatever happened: when all is metered, given back or ended, nothing is outstanding', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new LeaseWorld(CAP, 3)
        for (const step of all) step(world)
        settleDown(world, 200)
        expect(world.outstandingMicro()).toBe(0)
        expect(world.spentMicro).toBe(world.exposureMicro())
      }),
      { numRuns: 200 },
    )
  })

  test('the whole cap can be spent, also when three share it', () => {
    const world = new LeaseWorld(CAP, 3)
    for (let round = 0; round < 600; round++) {
      for (let at = 0; at < 3; at++) if (world.authorize(at, 100)) world.use(0, true)
      world.pass(100)
      if (round % 5 === 0) settleDown(world, 1)
    }
    expect(world.exposureMicro()).toBe(CAP)
  })

  test('what a killed gateway held comes back after its time, and not before', () => {
    const world = new LeaseWorld(CAP, 1)
    for (let round = 0; round < 40 && world.authorized < CAP; round++) {
      world.authorize(0, 1_000)
      settleDown(world, 1)
    }
    expect(world.authorized).toBeGreaterThan(CAP / 2)
    world.kill(0)
    // Its last words arrive.
    settleDown(world, 3)
    const held = world.outstandingMicro()
    expect(held).toBeGreaterThan(0)
    settleDown(world, RESERVATION_MS / 1_000)
    expect(world.outstandingMicro()).toBe(held)
    settleDown(world, 25)
    expect(world.outstandingMicro()).toBe(0)
  })
})
