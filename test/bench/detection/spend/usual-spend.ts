import type { LocalPane } from './local-panes.ts'
import { LOCAL_PANES } from './local-panes.ts'
import { normal, seededRandom } from './random.ts'

const CREDIT_MICRO = 1_000_000

export interface Profile {
  readonly name: string
  /** Credits of a busy 5-minute pane. */
  readonly busyCredits: number
  /** Share of that in each pane. */
  readonly share: (pane: LocalPane) => number
}

const isOffice = ({ hour, weekday }: LocalPane): boolean => hour >= 8 && hour < 18 && weekday < 5

/** Small and large, by day and by night: what teams look like. */
export const PROFILES: readonly Profile[] = [
  { name: 'office', busyCredits: 60, share: (pane) => (isOffice(pane) ? 1 : 0.05) },
  {
    name: 'customers',
    busyCredits: 400,
    share: ({ hour, weekday }) =>
      (0.55 - 0.45 * Math.cos((2 * Math.PI * (hour - 3)) / 24)) * (weekday < 5 ? 1 : 0.7),
  },
  {
    name: 'nightly job',
    busyCredits: 120,
    share: (pane) => (pane.hour === 5 ? 1 : isOffice(pane) ? 0.2 : 0.02),
  },
  { name: 'small', busyCredits: 8, share: (pane) => (isOffice(pane) ? 1 : 0.1) },
]

/** How much a pane, and a whole day, differ from the usual: standard deviations of the logarithm. */
const PANE_NOISE = 0.25
const DAY_NOISE = 0.12
/** Of a pane's noise, what the pane before had. */
const PERSISTENCE = 0.7
/** One pane in five hundred holds one large request. */
const BURST_SHARE = 0.002
const BURST_BUSY_PANES = 2

/** Micro-credits of every pane of the span. */
export function usualSpend(profile: Profile, seed: number): Float64Array {
  const random = seededRandom(seed)
  let [paneNoise, dayNoise] = [0, 0]
  return Float64Array.from(LOCAL_PANES, (pane, index) => {
    if (index % 288 === 0) dayNoise = DAY_NOISE * normal(random)
    paneNoise = PERSISTENCE * paneNoise + Math.sqrt(1 - PERSISTENCE ** 2) * PANE_NOISE * normal(random)
    const burst = random() < BURST_SHARE ? BURST_BUSY_PANES * random() : 0
    const credits = profile.busyCredits * (profile.share(pane) * Math.exp(paneNoise + dayNoise) + burst)
    return Math.round(credits * CREDIT_MICRO)
  })
}
