/** What objects say of each other: selectors, back ends, owners of pods, and services that are named in the environment. */
import type { Problem, SeenRelationship } from '../adapter.ts'
import { containersOf, isWorkload, podOf } from './items.ts'
import { list, problem, record, texts, type KubeObject } from './objects.ts'

type RefOf = (object: KubeObject) => string

export function* linksAmong(all: readonly KubeObject[], refOf: RefOf): Generator<SeenRelationship | Problem> {
  const services = new Map(
    all.filter(({ kind }) => kind === 'Service').map((one) => [`${one.namespace}/${one.name}`, one]),
  )
  const workloads = all.filter(isWorkload)
  const link = (type: string, from: KubeObject, to: KubeObject, evidence: string): SeenRelationship => {
    return { kind: 'relationship', type, from: refOf(from), to: refOf(to), evidence, where: from.where }
  }
  for (const service of services.values()) {
    const selector = Object.entries(texts(service.spec.selector))
    if (selector.length === 0) continue
    for (const workload of workloads) {
      const { labels } = podOf(workload)
      const matches = selector.every(([name, value]) => labels[name] === value)
      if (matches && workload.namespace === service.namespace) yield link('exposes', service, workload, 'selector')
    }
  }
  for (const ingress of all.filter(({ kind }) => kind === 'Ingress')) {
    for (const name of backendsOf(ingress)) {
      const service = services.get(`${ingress.namespace}/${name}`)
      if (service) yield link('exposes', ingress, service, 'backend')
      else
        yield problem(
          'unknown-service',
          `Ingress ${ingress.name} leads to ${name}, but there is no such service.`,
          ingress.where,
        )
    }
  }
  for (const workload of workloads) yield* dependenciesOf(workload, services, link)
}

const backendsOf = ({ spec }: KubeObject): Set<string> => {
  const paths = list(spec.rules).flatMap(({ http }) => list(record(http).paths).map(({ backend }) => record(backend)))
  const all = [record(spec.defaultBackend), ...paths]
  return new Set(all.flatMap(({ service }) => (record(service).name ? [String(record(service).name)] : [])))
}

/** `name`, `name.namespace` or `name.namespace.svc…`, with a port, perhaps as an address such as http://name:80/path. */
const ADDRESS =
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?)?:\d+(?:\/.*)?$/

function* dependenciesOf(
  workload: KubeObject,
  services: ReadonlyMap<string, KubeObject>,
  link: (type: string, from: KubeObject, to: KubeObject, evidence: string) => SeenRelationship,
): Generator<SeenRelationship | Problem> {
  const seen = new Set<string>()
  for (const { env } of containersOf(workload)) {
    for (const variable of list(env)) {
      const [, host, namespace] = ADDRESS.exec(String(variable.value ?? '')) ?? []
      if (!host) continue
      const key = `${namespace ?? workload.namespace}/${host}`
      if (seen.has(key)) continue
      seen.add(key)
      const service = services.get(key)
      if (service) yield link('dependsOn', workload, service, `environment variable ${String(variable.name)}`)
      else if (!namespace && host !== 'localhost') {
        const message = `${workload.kind} ${workload.name} names ${host} in ${String(variable.name)}, but there is no such service.`
        yield problem('unknown-service', message, workload.where)
      }
    }
  }
}
