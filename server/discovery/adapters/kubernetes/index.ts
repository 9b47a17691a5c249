import type { DiscoveryAdapter, Problem, ReadOrder, SeenItem, SeenRelationship, Sighting } from '../adapter.ts'
import { Asked } from './asked.ts'
import { checkConfig, configFields } from './config.ts'
import { attributesOf, classOf, CLUSTER_WIDE } from './items.ts'
import { linksAmong } from './links.ts'
import { objectsIn, problem, record, texts, type KubeObject } from './objects.ts'

export const kubernetesAdapter = (): DiscoveryAdapter => ({
  id: 'kubernetes',
  title: 'Kubernetes objects',
  configFields,
  checkConfig,
  upload: { endings: ['.yaml', '.yml', '.json'], maxSize: 64 * 1024 * 1024 },
  read,
})

/** Where things refer to each other, also from namespace to namespace; its own scope, because it needs all of them. */
const LINKS = 'links'

async function* read(order: ReadOrder): AsyncGenerator<Sighting> {
  const cluster = String(order.product.config.cluster).trim()
  const namespace = String(order.product.config.namespace ?? 'default')
  const byNamespace = new Map<string, KubeObject[]>()
  const unmapped = new Map<string, KubeObject[]>()
  const problems: Problem[] = []
  const refs = new Set<string>()
  const asked = new Asked()
  for await (const one of objectsIn(order, namespace)) {
    if (one.kind === 'problem') problems.push(one as Problem)
    else {
      const object = classOf((one as KubeObject).kind) ? noted(one as KubeObject, asked) : (one as KubeObject)
      const into = classOf(object.kind) ? byNamespace : unmapped
      const place = classOf(object.kind) ? (CLUSTER_WIDE.has(object.kind) ? '' : object.namespace) : object.kind
      if (into === byNamespace && refs.has(refOf(object))) problems.push(twice(object))
      else {
        const others = into.get(place)
        if (others) others.push(object)
        else into.set(place, [object])
      }
      refs.add(refOf(object))
    }
  }
  order.signal.throwIfAborted()

  const scopes = [...byNamespace.keys()].filter((name) => name !== '').sort()
  const of = scopes.length + 2
  yield { kind: 'scope', name: 'cluster', of }
  const top: SeenItem = {
    kind: 'item',
    ref: 'cluster',
    className: 'KubernetesCluster',
    name: cluster,
    key: cluster,
    attributes: {},
  }
  yield top
  for (const one of byNamespace.get('') ?? []) if (one.kind !== 'Namespace') yield itemOf(cluster, one)
  yield* problems
  for (const [kind, objects] of unmapped) yield unmappedKind(kind, objects)

  for (const name of scopes) {
    order.signal.throwIfAborted()
    yield { kind: 'scope', name: `namespace ${name}`, of }
    const known = (byNamespace.get('') ?? []).find((one) => one.kind === 'Namespace' && one.name === name)
    yield itemOf(cluster, known ?? placeholder(name))
    yield relationship('partOf', namespaceRef(name), 'cluster', 'namespace')
    for (const one of byNamespace.get(name)!) {
      yield itemOf(cluster, one)
      yield relationship('partOf', refOf(one), namespaceRef(name), 'metadata.namespace')
    }
  }
  order.signal.throwIfAborted()
  yield { kind: 'scope', name: LINKS, of }
  yield* linksAmong([...byNamespace.values()].flat(), refOf)
  // Only now is it known what nobody asked for.
  yield* asked.left()
  // A file that somebody hands in is not all there is.
  if (!order.upload && problems.length === 0) yield { kind: 'complete' }
}

/** The object as it is read from here on, which notes what of it is asked for. */
function noted(object: KubeObject, asked: Asked): KubeObject {
  const value = asked.note(object.kind, object.value, object.where)
  return {
    ...object,
    labels: texts(record(value.metadata).labels),
    spec: record(value.spec),
    status: record(value.status),
  }
}

const refOf = ({ kind, namespace, name }: KubeObject) =>
  CLUSTER_WIDE.has(kind) ? `${kind}//${name}` : `${kind}/${namespace}/${name}`
const namespaceRef = (name: string) => `Namespace//${name}`

function itemOf(cluster: string, object: KubeObject): SeenItem {
  const { kind, namespace, name, uid, where } = object
  // A service often bears the name of its deployment.
  const key = CLUSTER_WIDE.has(kind) ? `${cluster}/${name}` : `${cluster}/${namespace}/${kind}/${name}`
  return {
    kind: 'item',
    ref: refOf(object),
    className: classOf(kind)!,
    name,
    key,
    attributes: attributesOf(object),
    identifiers: uid ? [{ kind: 'uid', value: uid }] : [],
    where,
  }
}

const placeholder = (name: string): KubeObject => {
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    namespace: '',
    name,
    labels: {},
    spec: {},
    status: {},
    value: {},
    where: {},
  }
}

const relationship = (type: string, from: string, to: string, evidence: string): SeenRelationship => {
  return { kind: 'relationship', type, from, to, evidence }
}

const twice = (one: KubeObject) =>
  problem('twice', `${one.kind} ${one.name} in ${one.namespace} stands there twice; the first one counts.`, one.where)

function unmappedKind(kind: string, objects: KubeObject[]): Problem {
  const names = objects.map(({ name }) => name)
  const some = names.slice(0, 20).join(', ') + (names.length > 20 ? ` and ${names.length - 20} more` : '')
  const message = `No class is for ${kind}: ${some} ${names.length === 1 ? 'was' : 'were'} left out.`
  return problem('unmapped', message, { ...objects[0]!.where, element: `${names.length} × ${kind}` })
}
