import { sumWeight } from '@meterline/domain'

/** A step of the bound: ten credits. So the whole of it fits an integer of 31 bits, which needs no memory of its own. */
const STEP_MICRO = 10_000_000
const MAX_STEPS = Math.floor(Number.MAX_SAFE_INTEGER / STEP_MICRO)

/** Nine billion credits: what a scope has spent in the 63 days that are kept weighs no more, so that every sum of it is exact. */
export const MAX_KEPT_MICRO = MAX_STEPS * STEP_MICRO

/**
 * Keeps what a scope has spent countable. It asks for the exact weight only when what was let in since it last did may be too much:
 * so it costs an addition, and answers as if it had asked every time, also right after a restart.
 */
export class SumBound {
  #steps = MAX_STEPS

  /** `weightWith`: what is kept would weigh with it. Where this answers true, it has to be added. */
  lets(addedMicro: number, weightWith: () => number): boolean {
    const steps = this.#steps + stepsOf(sumWeight(addedMicro))
    this.#steps = steps <= MAX_STEPS ? steps : stepsOf(weightWith())
    if (this.#steps <= MAX_STEPS) return true
    this.#steps = MAX_STEPS
    return false
  }
}

const stepsOf = (weight: number): number => Math.ceil(weight / STEP_MICRO)
