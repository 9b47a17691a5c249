import type { ConfigField, Integration } from '../integrations/integration.ts'
import type { Services } from '../kernel/context.ts'

/** What a product needs to know of the discovery adapter of its kind; the adapters themselves belong to discovery/. */
export interface Source {
  readonly id: string
  readonly title: string
  readonly configFields: ConfigField[]
  checkConfig(config: Record<string, unknown>): string[]
  /** Present if a person may hand in a file. `maxSize` in bytes. */
  readonly upload?: { endings: readonly string[]; maxSize: number }
}

declare module '../kernel/context.ts' {
  interface Services {
    /** Discovery adapters by the kind of product that they read. */
    sources: ReadonlyMap<string, Source>
  }
}

export type Kinds = Pick<Services, 'integrations' | 'sources'>

/** What serves a kind of product: a module that carries software, an adapter that discovers, or both. */
export interface KnownKind {
  kind: string
  title: string
  module?: Integration
  source?: Source
  /** Of the module first, then what only the adapter takes. */
  configFields: ConfigField[]
}

export function kindOf({ integrations, sources }: Kinds, kind: string): KnownKind | null {
  const module = integrations.get(kind)
  const source = sources.get(kind)
  if (!module && !source) return null
  const fields = [...(module?.configFields ?? []), ...(source?.configFields ?? [])]
  const configFields = fields.filter(({ name }, index) => fields.findIndex((one) => one.name === name) === index)
  return {
    kind,
    title: (module ?? source)!.title,
    configFields,
    ...(module ? { module } : {}),
    ...(source ? { source } : {}),
  }
}

export function allKinds(kinds: Kinds): KnownKind[] {
  const names = new Set([...kinds.integrations.keys(), ...kinds.sources.keys()])
  return [...names].map((kind) => kindOf(kinds, kind)!)
}

/** One sentence per fault. Where module and adapter share a product, each looks at its own settings. */
export function configFaults(known: KnownKind, config: Record<string, unknown>): string[] {
  const { module, source, configFields } = known
  if (!module || !source) return (module ?? source)!.checkConfig(config)
  const of = (fields: readonly ConfigField[]) =>
    Object.fromEntries(Object.entries(config).filter(([name]) => fields.some((field) => field.name === name)))
  const strange = Object.keys(config).filter((name) => !configFields.some((field) => field.name === name))
  const faults = [
    ...strange.map((name) => `There is no setting "${name}".`),
    ...module.checkConfig(of(module.configFields)),
    ...source.checkConfig(of(source.configFields)),
  ]
  return [...new Set(faults)]
}
