/**
 * Services that give way where cores are short, once they have caught up. The sink writes history: its rows may be a moment late, and the
 * fewer turns it gets the larger and so the cheaper its inserts are. Budgets and alerts do not wait for it.
 */
export const behindOthers = (service: string): boolean => service === 'sink'
