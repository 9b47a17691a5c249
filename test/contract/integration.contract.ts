/**
 * What every integration module owes the engine. A module's test makes a bench (a product, targets and packages to try it
 * on) and calls `describeIntegration`. A case is left out only where the module lacks the optional method it is about.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type {
  AttemptOrder,
  AutomaticIntegration,
  DiscoveredTarget,
  Integration,
  LogLine,
  ManualIntegration,
  PackageRef,
  ProductRef,
  Progress,
  Receipt,
  TargetRef,
} from '../../server/integrations/integration.ts'

export interface Bench {
  product: ProductRef
  /** Configs that must be refused, each with a word that the sentence has to contain. */
  badConfigs: { config: Record<string, unknown>; says: RegExp }[]
  /** A target that nothing has touched yet; each call gives another one. */
  freshTarget(): Promise<TargetRef>
  /** A target that does not exist. */
  lostTarget: TargetRef
  /** Two versions of one package; the first is installed on fresh targets. */
  packages: [before: PackageRef, after: PackageRef]
  /** How often this target was really changed, counted at the target. Automatic modules only. */
  effects?(target: TargetRef): Promise<number>
  /** Lets the next delivery to this target fail in a way that may pass. Automatic modules only. */
  breakOnce?(target: TargetRef): Promise<void>
  close(): Promise<void>
}

/** `methods` says which optional methods the module has, so that losing one is a red test and not a silent skip. */
export function describeIntegration(
  folder: string,
  module: Integration,
  methods: ('inspect' | 'listTargets' | 'launchUrl')[],
  makeBench: () => Promise<Bench>,
): void {
  describe(`the integration module ${folder}`, () => {
    let bench: Bench
    beforeAll(async () => void (bench = await makeBench()))
    afterAll(async () => {
      await module.close?.()
      await bench.close()
    })

    it('has the id of its folder and a title', () => {
      expect(module.id).toBe(folder)
      expect(module.title).toMatch(/\S/)
    })

    it('has exactly the optional methods it is said to have', () => {
      const optional = ['inspect', 'listTargets', 'launchUrl'] as const
      expect(optional.filter((method) => module[method])).toEqual(methods)
    })

    it('accepts a good config', () => expect(module.checkConfig(bench.product.config)).toEqual([]))

    it('says in words what is wrong with a bad config', () => {
      expect(bench.badConfigs.length).toBeGreaterThan(0)
      for (const { config, says } of bench.badConfigs) {
        const faults = module.checkConfig(config)
        expect(faults.join('\n')).toMatch(says)
        for (const fault of faults) expect(fault).toMatch(/^[A-Z].*\.$/)
      }
    })

    it('describes every setting it takes', () => {
      for (const field of module.configFields) expect(field).toMatchObject({ title: /\S/, help: /\S/ })
      const named = module.configFields.map(({ name }) => name)
      expect(named).toEqual(expect.arrayContaining(Object.keys(bench.product.config)))
    })

    if (module.mode === 'automatic') describeDelivery(module, () => bench)
    else describeInstructions(module, () => bench)
    if (module.inspect) describeInspection(module, () => bench)
    if (module.listTargets) describeListing(module, () => bench)
    if (module.launchUrl) describeLaunch(module, () => bench)

    it('may be closed twice', async () => {
      await module.close?.()
      await module.close?.()
    })
  })
}

function describeDelivery(module: AutomaticIntegration, bench: () => Bench): void {
  it('gives one receipt for each attempt, in their order', async () => {
    const [one, two] = [await bench().freshTarget(), await bench().freshTarget()]
    const attempts = [attempt(bench(), one), attempt(bench(), two)]
    const { receipts } = await carry(module, bench(), attempts)
    expect(receipts.map(({ attemptId, outcome }) => ({ attemptId, outcome }))).toEqual(
      attempts.map(({ attemptId }) => ({ attemptId, outcome: 'ok' })),
    )
    for (const receipt of receipts) {
      expect(receipt.effect).toBe('made')
      expect(receipt.steps.length).toBeGreaterThan(0)
      for (const step of receipt.steps) expect(step.duration).toBeGreaterThanOrEqual(0)
    }
  })

  it('reports progress that never falls and ends at 100, and says what it does', async () => {
    const { progress, log } = await carry(module, bench(), [attempt(bench(), await bench().freshTarget())])
    const percents = progress.map(({ percent }) => percent)
    expect(percents).toEqual([...percents].sort((a, b) => a - b))
    expect(percents.at(-1)).toBe(100)
    for (const { index, of } of progress) expect(index).toBeLessThanOrEqual(of)
    expect(new Set(progress.map(({ step }) => step)).size).toBeGreaterThan(1)
    expect(log.length).toBeGreaterThan(0)
  })

  it('makes one effect when the same attempt is delivered twice, and gives the same answer', async () => {
    const target = await bench().freshTarget()
    const order = attempt(bench(), target)
    const first = await carry(module, bench(), [order])
    const second = await carry(module, bench(), [order])
    expect(second.receipts).toEqual(first.receipts)
    expect(await bench().effects!(target)).toBe(1)
  })

  it('makes one effect when the same attempt is delivered twice at once', async () => {
    const target = await bench().freshTarget()
    const order = attempt(bench(), target)
    const both = await Promise.all([carry(module, bench(), [order]), carry(module, bench(), [order])])
    expect(both.some(({ receipts }) => receipts[0]?.outcome === 'ok')).toBe(true)
    expect(await bench().effects!(target)).toBe(1)
  })

  it('stops when told and leaves the target as it was', async () => {
    const target = await bench().freshTarget()
    const { receipts } = await carry(module, bench(), [attempt(bench(), target)], AbortSignal.abort())
    expect(receipts[0]).toMatchObject({ outcome: 'stopped', effect: 'none', cause: /\S/ })
    expect(await bench().effects!(target)).toBe(0)
  })

  it('carries out an attempt that was stopped when it comes again', async () => {
    const target = await bench().freshTarget()
    const order = attempt(bench(), target)
    await carry(module, bench(), [order], AbortSignal.abort())
    const { receipts } = await carry(module, bench(), [order])
    expect(receipts[0]?.outcome).toBe('ok')
    expect(await bench().effects!(target)).toBe(1)
  })

  it('tells a failure, which may pass, from a refusal, which will not', async () => {
    const target = await bench().freshTarget()
    await bench().breakOnce!(target)
    const failed = await carry(module, bench(), [attempt(bench(), target)])
    expect(failed.receipts[0]).toMatchObject({ outcome: 'failed', cause: /\S/ })
    const again = await carry(module, bench(), [attempt(bench(), target)])
    expect(again.receipts[0]?.outcome).toBe('ok')
  })

  it('refuses bytes that are not what the digest says, and leaves the target as it was', async () => {
    const target = await bench().freshTarget()
    const order = attempt(bench(), target)
    const wrong = { ...order, package: { ...order.package, digest: `sha256:${'5'.repeat(64)}` } }
    const { receipts } = await carry(module, bench(), [wrong])
    expect(receipts[0]).toMatchObject({ outcome: 'refused', effect: 'none', cause: /digest/ })
    expect(await bench().effects!(target)).toBe(0)
  })

  it('refuses an attempt that is older than what the target has seen', async () => {
    const target = await bench().freshTarget()
    const [older, newer] = [attempt(bench(), target), attempt(bench(), target)]
    await carry(module, bench(), [newer])
    const { receipts } = await carry(module, bench(), [{ ...older, package: bench().packages[0] }])
    expect(receipts[0]).toMatchObject({ outcome: 'refused', effect: 'none', cause: /fence/ })
    expect(await bench().effects!(target)).toBe(1)
  })

  it('does not let a lost target harm the others of a batch', async () => {
    const target = await bench().freshTarget()
    const attempts = [attempt(bench(), bench().lostTarget), attempt(bench(), target)]
    const { receipts } = await carry(module, bench(), attempts)
    expect(receipts[0]?.outcome).toMatch(/failed|refused/)
    expect(receipts[0]?.cause).toContain(bench().lostTarget.name)
    expect(receipts[1]?.outcome).toBe('ok')
  })

  it('refuses a target key that would lead elsewhere', async () => {
    const { receipts } = await carry(module, bench(), [attempt(bench(), { ...bench().lostTarget, key: '../../etc' })])
    expect(receipts[0]).toMatchObject({ outcome: /refused|failed/, effect: 'none' })
  })

  it('refuses to work with a config that it would not accept', async () => {
    const product = { ...bench().product, config: bench().badConfigs[0]!.config }
    const order = { product, attempts: [attempt(bench(), bench().lostTarget)], ...silent() }
    await expect(module.deliver(order)).rejects.toMatchObject({ name: 'Refused' })
  })
}

function describeInstructions(module: ManualIntegration, bench: () => Bench): void {
  it('tells a person what to do, target by target', async () => {
    const attempts = [attempt(bench(), await bench().freshTarget()), attempt(bench(), await bench().freshTarget())]
    const instructions = await module.instructions({ product: bench().product, attempts })
    expect(instructions.map(({ attemptId }) => attemptId)).toEqual(attempts.map(({ attemptId }) => attemptId))
    for (const [index, { title, steps }] of instructions.entries()) {
      const { target, package: what } = attempts[index]!
      for (const part of [what.name, what.version, target.name]) expect(title).toContain(part)
      expect(steps.join('\n')).toContain(what.digest)
      for (const step of steps) expect(step).toMatch(/\S/)
    }
  })
}

function describeInspection(module: Integration, bench: () => Bench): void {
  const inspect = (target: TargetRef, extra: object = {}) =>
    module.inspect!(bench().product, [{ target, ...extra }]).then(([evidence]) => evidence!)

  it('sees what was there before and what it installed, with version and digest', async () => {
    const target = await bench().freshTarget()
    const [before, after] = bench().packages
    expect(await inspect(target)).toMatchObject({
      itemId: target.itemId,
      reachable: true,
      healthy: true,
      ...seen(before),
    })
    if (module.mode !== 'automatic') return
    await carry(module, bench(), [attempt(bench(), target)])
    const evidence = await inspect(target)
    expect(evidence).toMatchObject({ reachable: true, healthy: true, ...seen(after), method: /\S/, detail: /\S/ })
    expect(Date.parse(evidence.at)).toBeGreaterThan(Date.now() - 60_000)
  })

  it('says of an attempt whether it never came or took effect', async () => {
    const target = await bench().freshTarget()
    const order = attempt(bench(), target)
    expect((await inspect(target, { attempt: order })).attempt).toMatchObject({ effect: 'none' })
    if (module.mode !== 'automatic') return
    const { receipts } = await carry(module, bench(), [order])
    const { attempt: became } = await inspect(target, { attempt: order })
    expect(became).toMatchObject({ attemptId: order.attemptId, effect: 'made', receipt: receipts[0] })
  })

  it('gives evidence, not an error, for a target that is not there', async () => {
    const target = bench().lostTarget
    const order = attempt(bench(), target)
    const evidence = await inspect(target, { attempt: order })
    expect(evidence).toMatchObject({ itemId: target.itemId, reachable: false, detail: /\S/ })
    expect(evidence.running).toBeUndefined()
    expect(evidence.attempt?.effect).toBe('unknown')
  })
}

function describeListing(module: Integration, bench: () => Bench): void {
  it('lists every target once, whole, with relationships that touch it', async () => {
    const target = await bench().freshTarget()
    const found: DiscoveredTarget[] = []
    let cursor: string | undefined
    do {
      const page = await module.listTargets!(bench().product, cursor)
      expect(page.complete).toBe(true)
      found.push(...page.items)
      cursor = page.next
    } while (cursor !== undefined)
    expect(found.map(({ key }) => key)).toContain(target.key)
    expect(found.map(({ key }) => key)).not.toContain(bench().lostTarget.key)
    expect(new Set(found.map(({ key }) => key)).size).toBe(found.length)
    for (const item of found) {
      for (const { from, to } of item.relationships) expect([from.key, to.key]).toContain(item.key)
      for (const { value } of item.identities) expect(value).toMatch(/\S/)
    }
  })
}

function describeLaunch(module: Integration, bench: () => Bench): void {
  it('gives a link to the same job that differs from target to target', async () => {
    const [one, two] = [await bench().freshTarget(), await bench().freshTarget()]
    const link = (targetKey: string) => module.launchUrl!(bench().product, { deploymentId: 'd-1', targetKey })
    const urls = [await link(one.key), await link(two.key)]
    expect(urls[0]).not.toBe(urls[1])
    for (const url of urls) {
      expect(new URL(url!).protocol).toMatch(/^https?:$/)
      expect(new URL(url!).username + new URL(url!).password).toBe('')
    }
  })
}

let attempts = 0

/** A new attempt to bring the second package to a target; each has a higher fence than the one made before. */
export function attempt(bench: Bench, target: TargetRef): AttemptOrder {
  const number = ++attempts
  return {
    attemptId: `attempt-${number}`,
    deploymentId: 'd-1',
    idempotencyKey: `key-${number}`,
    fence: BigInt(number),
    target,
    package: bench.packages[1],
    previousVersion: bench.packages[0].version,
  }
}

/** Delivers and gives the receipts with everything that was reported on the way. */
export async function carry(
  module: AutomaticIntegration,
  bench: Pick<Bench, 'product'>,
  orders: AttemptOrder[],
  signal = new AbortController().signal,
): Promise<{ receipts: Receipt[]; progress: Progress[]; log: LogLine[] }> {
  const progress: Progress[] = []
  const log: LogLine[] = []
  const report = { progress: (one: Progress) => void progress.push(one), log: (line: LogLine) => void log.push(line) }
  const receipts = await module.deliver({ product: bench.product, attempts: orders, signal, report })
  return { receipts, progress, log }
}

const silent = () => ({ signal: new AbortController().signal, report: { progress() {}, log() {} } })

function seen({ name, version, digest }: PackageRef) {
  return { running: { name, version, digest }, installed: { name, version, digest } }
}
