/** Delivers one attempt, given as JSON, in a process that a fault may kill. */
import { createReadStream } from 'node:fs'
import type { AttemptOrder } from '../../../server/integrations/integration.ts'
import { createLocal } from '../../../server/integrations/local/index.ts'

type Input = Omit<AttemptOrder, 'fence'> & { fence: string; hosts: string; file: string }

const { hosts, file, ...given } = JSON.parse(process.argv[2]!) as Input
const open = async () => createReadStream(file)
const order: AttemptOrder = { ...given, fence: BigInt(given.fence), package: { ...given.package, open } }
await createLocal({ allowDie: true }).deliver({
  product: { id: 'product-1', name: 'Hosts', config: { folder: hosts } },
  attempts: [order],
  signal: new AbortController().signal,
  report: { progress() {}, log() {} },
})
