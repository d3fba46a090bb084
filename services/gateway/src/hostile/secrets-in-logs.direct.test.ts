import { sendOverSockets } from '../testing/send.ts'

// The same tests over sockets, where the usual request is answered past the framework.
sendOverSockets()
await import('./secrets-in-logs.test.ts')
