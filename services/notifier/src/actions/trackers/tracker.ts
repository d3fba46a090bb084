/** Where tickets are opened. */
export interface TicketTracker {
  readonly name: string
  /** The ticket of that label, where the tracker can tell. */
  find(label: string): Promise<string | undefined>
  open(ticket: {
    readonly title: string
    readonly body: string
    readonly label: string
    readonly runId: string
  }): Promise<string>
  /** Closes it, or says that it is withdrawn; answers what was done. */
  withdraw(of: { readonly ticket: string; readonly runId: string }): Promise<string>
}
