/** Delivers one round to all light hosts, 16 at once, after asking each what became of its attempt; a test kills it. */
import { createLocal } from '../../../server/integrations/local/index.ts'
import type { LightEstate } from '../../../server/sample/light-hosts.ts'
import { packageRef, targetRef } from './local.ts'

const { hosts, repository, packages, names, round } = JSON.parse(process.argv[2]!) as LightEstate & { round: number }
const local = createLocal()
const product = { id: 'p', name: 'Light hosts', config: { folder: hosts } }
const queue = [...names].sort(() => Math.random() - 0.5)
process.send!('begun')

async function work(): Promise<void> {
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const attemptId = `round-${round}-${name}`
    const [target, fence] = [targetRef(name), BigInt(round)]
    const [evidence] = await local.inspect!(product, [{ target, attempt: { attemptId, fence } }])
    if (evidence!.attempt!.effect === 'made') continue
    const order = { attemptId, deploymentId: `d-${round}`, idempotencyKey: attemptId, fence, target }
    const [receipt] = await local.deliver({
      product,
      attempts: [{ ...order, package: packageRef(repository, packages[round % 2]!) }],
      signal: new AbortController().signal,
      report: { progress() {}, log() {} },
    })
    if (receipt!.outcome !== 'ok') throw new Error(receipt!.cause)
  }
}

await Promise.all(Array.from({ length: 16 }, work))
process.disconnect()
