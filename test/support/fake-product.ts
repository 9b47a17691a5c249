import type { AutomaticIntegration, DiscoveredTarget, Integration } from '../../server/integrations/integration.ts'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { createAdapters } from '../../server/discovery/adapters/registry.ts'
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import { startDiscovery } from '../../server/discovery/discovery.service.ts'
import { createLocal } from '../../server/integrations/local/index.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { anEstate, aViewer, nobody } from './estate.ts'

/** What a host tells of itself, its software and its neighbours. */
export const server = (
  name: string,
  facts: Partial<DiscoveredTarget> & { port?: string; on?: string[] } = {},
): DiscoveredTarget => {
  const self = { class: 'Server', key: name, name }
  return {
    ...self,
    attributes: { platform: 'linux', port: facts.port ?? '80', nonsense: 'x' },
    identities: [{ kind: 'machine-id', value: `m-${name}` }],
    software: [
      { name: 'shop', version: '0.9.0', digest: 'sha256:old', active: false },
      { name: 'shop', version: '1.0.0', digest: 'sha256:new', active: true },
    ],
    relationships: [
      { type: 'locatedIn', from: self, to: { class: 'Site', key: 'Lima', name: 'Lima' }, evidence: 'host facts' },
      {
        type: 'runsOn',
        from: { class: 'Service', key: `${name}/shop`, name: `shop on ${name}` },
        to: self,
        evidence: 'host facts',
      },
      ...(facts.on ?? []).map((key) => ({
        type: 'dependsOn',
        from: self,
        to: { class: 'Server', key, name: key },
        evidence: 'configuration',
      })),
    ],
    ...facts,
  }
}

/** Products of the kind `fake`, which show what the test says, and an estate to discover them into. Call it once at the top of a file. */
export function aFakeProduct() {
  /** What the product of the kind `fake` would list; pages of two. */
  const world: { targets: DiscoveredTarget[]; fault: string | null; onPage?: () => Promise<unknown> } = {
    targets: [],
    fault: null,
  }

  const fake: AutomaticIntegration = {
    id: 'fake',
    title: 'Fake',
    mode: 'automatic',
    configFields: [{ name: 'token', title: 'Token', help: '', required: false, secret: true }],
    checkConfig: (config) =>
      Object.keys(config)
        .filter((name) => name !== 'token')
        .map((name) => `There is no setting "${name}".`),
    deliver: () => Promise.resolve([]),
    async listTargets(_product, cursor) {
      if (world.fault) throw new Error(world.fault)
      await world.onPage?.()
      const from = Number(cursor ?? 0)
      const size = world.targets.length > 10 ? 500 : 2
      const next = from + size < world.targets.length ? String(from + size) : undefined
      return { items: world.targets.slice(from, from + size), complete: true, ...(next ? { next } : {}) }
    },
  }
  const dumb: Integration = { ...fake, id: 'dumb', listTargets: undefined }

  const jobs = { enqueue: () => Promise.resolve() } as unknown as Jobs
  const modules = new Map<string, Integration>([
    ['fake', fake],
    ['dumb', dumb],
    ['local', createLocal()],
  ])
  const adapters = createAdapters(modules)
  const services = { jobs, integrations: modules, adapters, sources: adapters }
  const estate = anEstate(() => services)
  const viewer = aViewer()

  let products = 0
  const aProduct = (kind = 'fake', config: object = {}) =>
    estate.change((em) => registerProduct(em, { name: `Product ${++products}`, kind, config }, services, nobody))

  async function discover(product: { id: string }, dryRun = false) {
    const run = await estate.change((em) => startDiscovery(em, { productId: product.id, dryRun }, services, viewer))
    await runDiscovery(estate.orm.em, run.uuid, estate.services, new AbortController().signal)
    const { discoveryRun } = await estate.query<{ discoveryRun: Record<string, unknown> & { id: string } }>(
      `query($id: ID!) { discoveryRun(id: $id) { id number state dryRun percent step seen created changed unchanged missing failure
        changes(first: 50) { totalCount nodes { kind className name itemId details } } } }`,
      { id: run.id },
    )
    return discoveryRun
  }

  const actual = async (name: string) => estate.orm.em.fork().findOneOrFail(ActualItem, { name })
  return { world, services, estate, viewer, aProduct, discover, actual }
}
