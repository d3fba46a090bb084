import type { ReservationRelease } from '@meterline/contract'

/** Where releases go that another gateway has to make: spend.release. */
export interface ReleasePost {
  /** Rejects when it is not known whether it arrived. */
  send(release: ReservationRelease): Promise<void>
}
